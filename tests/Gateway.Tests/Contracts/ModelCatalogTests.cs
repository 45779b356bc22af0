using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Contracts;

public class ModelCatalogTests
{
    private const string Providers = """
        "default": false, "providers": { "anthropic": { "dialect": "anthropic", "baseUrl": "https://api.anthropic.com", "secret": "K" },
                       "openai": { "dialect": "openai-chat", "baseUrl": "https://api.openai.com/v1" } }
        """;

    private static readonly ModelCatalog Sample = Parse("""
        { "id": "anthropic/claude-sonnet-4.5", "aliases": ["claude-sonnet-4-5-20250929"], "routes": [{ "provider": "anthropic", "model": "m" }] },
        { "id": "anthropic/claude-opus-4.5", "aliases": ["claude-opus-4-5"], "routes": [{ "provider": "anthropic", "model": "m" }] },
        { "id": "anthropic/claude-sonnet-4", "aliases": ["claude-sonnet-4-20250514"], "routes": [{ "provider": "anthropic", "model": "m" }] },
        { "id": "openai/gpt-x", "routes": [{ "provider": "openai", "model": "m" }] },
        { "id": "openai/shared-1", "routes": [{ "provider": "openai", "model": "m" }] },
        { "id": "anthropic/shared-1", "routes": [{ "provider": "anthropic", "model": "m" }] }
        """);

    [Theory]
    [InlineData("anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-sonnet-4.5", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-sonnet-4-5", "anthropic/claude-sonnet-4.5")]
    [InlineData("Claude-Sonnet-4-5", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-sonnet-4-5-latest", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4.5")]
    [InlineData("anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-sonnet-4-5@20250929", "anthropic/claude-sonnet-4.5")]
    [InlineData("claude-opus-4-5", "anthropic/claude-opus-4.5")]
    [InlineData("claude-sonnet-4-20250514", "anthropic/claude-sonnet-4")]
    [InlineData("claude-sonnet-4", "anthropic/claude-sonnet-4")]
    [InlineData("anthropic/shared-1", "anthropic/shared-1")]
    [InlineData("gpt-x", "openai/gpt-x")]
    public void A_spelling_leads_to_its_model(string requested, string id)
    {
        Assert.Equal(id, Sample.Find(requested, out var ambiguous)?.Id);
        Assert.False(ambiguous);
    }

    [Theory]
    [InlineData("shared-1", true)]
    [InlineData("openai/claude-sonnet-4-5", false)]
    [InlineData("nobody/claude-sonnet-4-5", false)]
    [InlineData("gpt-y", false)]
    [InlineData("", false)]
    [InlineData("/", false)]
    public void Nothing_is_guessed(string requested, bool expectedAmbiguous)
    {
        Assert.Null(Sample.Find(requested, out var ambiguous));
        Assert.Equal(expectedAmbiguous, ambiguous);
    }

    [Fact]
    public void A_dated_request_never_gets_a_model_of_another_date()
    {
        var catalog = Parse("""{ "id": "claude-z-20250101", "routes": [{ "provider": "anthropic", "model": "m" }] }""");
        Assert.Null(catalog.Find("claude-z-20250202", out _));
        Assert.NotNull(catalog.Find("claude-z", out _));
    }

    [Fact]
    public void Every_mistake_is_listed_with_its_place()
    {
        var error = Assert.Throws<CatalogException>(() => ModelCatalog.Parse(Encoding.UTF8.GetBytes("""
            { "default": false, "providers": { "p": { "dialect": "klingon", "baseUrl": "ftp://x", "timeouts": { "idleMs": 0 }, "maxConcurency": 3 } },
              "models": [ { "id": "a", "aliases": ["a"], "routes": [ { "provider": "nope", "model": "m", "weight": 0 } ] },
                          { "id": "b", "routes": [], "contextTokens": -1, "price": { "currency": "usd", "perMillion": { "input": -1 },
                              "longContext": { "aboveInputTokens": 9, "perMillion": {}, "longContext": { "aboveInputTokens": 9, "perMillion": {} } } } } ] }
            """), "test"));
        foreach (var part in new[]
                 {
                     "providers.p.dialect", "providers.p.baseUrl", "providers.p.timeouts", "providers.p.maxConcurency", "the name 'a' is already taken",
                     "models[0].routes[0].provider", "models[0].routes[0].weight", "models[1].routes", "models[1].contextTokens",
                     "models[1].price.currency", "models[1].price.perMillion",
                     "models[1].price.longContext.longContext.aboveInputTokens: must be above 9",
                 })
        {
            Assert.Contains(error.Mistakes, m => m.Contains(part));
        }

        Assert.Equal(12, error.Mistakes.Count);
    }

    [Fact]
    public void A_route_names_its_own_judge_else_its_models_else_that_of_all()
    {
        var catalog = ModelCatalog.Parse(Encoding.UTF8.GetBytes($$"""
            { "safeguardsModel": "all", {{Providers}}, "models": [
              { "id": "m", "safeguardsModel": "own", "routes": [ { "provider": "openai", "model": "a", "safeguardsModel": "none" },
                                                                 { "provider": "openai", "model": "b" } ] },
              { "id": "vendor/all", "routes": [ { "provider": "openai", "model": "c" } ] },
              { "id": "own", "routes": [ { "provider": "openai", "model": "d" } ] } ] }
            """), "test");
        Assert.Equal(["none", "own", "all", "all"], catalog.Models.SelectMany(m => catalog.RoutesOf(m).InOrder).Select(r => r.SafeguardsModel));
    }

    [Fact]
    public void A_judge_that_is_not_there_is_a_mistake_at_each_of_its_places()
    {
        var error = Assert.Throws<CatalogException>(() => ModelCatalog.Parse(Encoding.UTF8.GetBytes($$"""
            { "safeguardsModel": "x", {{Providers}}, "models": [
              { "id": "m", "safeguardsModel": "y", "routes": [ { "provider": "openai", "model": "a", "safeguardsModel": "z" } ] } ] }
            """), "test"));
        Assert.Equal(["safeguardsModel", "models[0].safeguardsModel", "models[0].routes[0].safeguardsModel"], error.Mistakes.Select(m => m.Split(':')[0]));
    }

    [Fact]
    public void Broken_json_says_where()
    {
        var error = Assert.Throws<CatalogException>(() => ModelCatalog.Parse("{\n  oops }"u8, "test"));
        Assert.Contains("line 2, column 3", error.Message);
    }

    [Fact]
    public void Equal_priorities_share_by_weight_and_others_keep_their_order()
    {
        var catalog = Parse("""
            { "id": "m", "routes": [ { "provider": "anthropic", "model": "a", "priority": 1, "weight": 3 },
                                     { "provider": "openai", "model": "b", "priority": 1 },
                                     { "provider": "openai", "model": "last", "priority": 2 } ] }
            """);
        var routes = catalog.RoutesOf(catalog.Models[0]);
        var random = new Random(1);
        var first = Enumerable.Range(0, 4000).Select(_ => routes.Draw((ulong)random.NextInt64())).ToList();
        Assert.All(first, r => Assert.Equal("last", r[2].Entry.Model));
        Assert.InRange(first.Count(r => r[0].Entry.Model == "a"), 2800, 3200);
    }

    public static TheoryData<string, string, string> ShownIds
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var shown in JsonNode.Parse(File.ReadAllText(RepositoryFiles.Path("tests", "fixtures", "models", "shown-ids.json")))!.AsArray())
                data.Add((string)shown!["page"]!, (string)shown["id"]!, (string)shown["model"]!);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ShownIds))]
    public void Every_id_that_the_five_pages_show_and_that_claude_code_asks_for_is_a_model_of_the_shipped_catalog(string page, string requested, string id)
    {
        Assert.NotEmpty(page);
        Assert.Equal(id, CatalogSource.Default().Find(requested, out var ambiguous)?.Id);
        Assert.False(ambiguous);
    }

    [Fact]
    public void Every_spelling_in_the_shipped_catalog_leads_to_its_own_model_and_every_provider_serves_one()
    {
        var catalog = CatalogSource.Default();
        Assert.All(catalog.Models.Where(m => !m.IsPattern), model =>
            Assert.All(model.Aliases.Prepend(model.Id), spelling => Assert.Equal(model.Id, catalog.Find(spelling, out _)?.Id)));
        var used = catalog.Models.SelectMany(m => m.Routes).Select(r => r.Provider).ToHashSet();
        Assert.All(catalog.File.Providers.Keys, name => Assert.Contains(name, used));
        // A provider on the Internet is never called without a credential, one on this machine needs none.
        Assert.All(catalog.File.Providers.Values.Where(p => p.BaseUrl is not null), p => Assert.Equal(new Uri(p.BaseUrl!).IsLoopback, p.Secret is null));
    }

    [Fact]
    public void The_shipped_catalog_is_valid_and_answers_the_first_curl()
    {
        var catalog = CatalogSource.Default();
        Assert.NotNull(catalog.Find("demo/echo", out _));
        var prices = catalog.Models.SelectMany(m => m.Routes.Select(r => r.Price).Append(m.Price).Select(p => (m.Id, Price: p)));
        Assert.All(prices.Where(p => p.Price is { PerMillion.Input: > 0 }), p =>
        {
            Assert.False(string.IsNullOrEmpty(p.Price!.Source), $"{p.Id}: a price needs its public source");
            Assert.NotNull(p.Price.AsOf);
        });
    }

    private static ModelCatalog Parse(string models) =>
        ModelCatalog.Parse(Encoding.UTF8.GetBytes($$"""{ {{Providers}}, "models": [ {{models}} ] }"""), "test");
}
