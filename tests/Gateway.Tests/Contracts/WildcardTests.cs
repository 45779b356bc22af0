using System.Text;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Gateway.Ingress.Keys;

namespace Gateway.Tests.Contracts;

/// <summary>Models that no catalog has heard of.</summary>
public class WildcardTests
{
    private static readonly ModelCatalog Default = CatalogSource.Default();

    [Theory]
    [InlineData("claude-opus-7", "anthropic/claude-opus-7", "anthropic", "claude-opus-7")]
    [InlineData("claude-opus-7-20270101", "anthropic/claude-opus-7-20270101", "anthropic", "claude-opus-7-20270101")]
    [InlineData("anthropic/claude-opus-7.1", "anthropic/claude-opus-7-1", "anthropic", "claude-opus-7-1")]
    [InlineData("Claude-Sonnet-9.5", "anthropic/claude-sonnet-9-5", "anthropic", "claude-sonnet-9-5")]
    [InlineData("claude-mythos-5", "anthropic/claude-mythos-5", "anthropic", "claude-mythos-5")]
    [InlineData("claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet-20241022", "anthropic", "claude-3-5-sonnet-20241022")]
    [InlineData("openai/gpt-9", "openai/gpt-9", "openai", "gpt-9")]
    [InlineData("openai/whatever", "openai/whatever", "openai", "whatever")]
    [InlineData("google/gemini-9-Pro", "gemini/gemini-9-Pro", "gemini", "gemini-9-Pro")]
    [InlineData("openrouter/anthropic/claude-x:free", "openrouter/anthropic/claude-x:free", "openrouter", "anthropic/claude-x:free")]
    [InlineData("ollama/llama3.2:8b", "ollama/llama3.2:8b", "ollama", "llama3.2:8b")]
    [InlineData("claude/openai/gpt-9", "openai/gpt-9", "openai", "gpt-9")]
    public void A_name_that_no_model_has_goes_to_the_provider_of_the_longest_pattern(string requested, string id, string provider, string upstream)
    {
        var model = Default.Find(requested, out var ambiguous);
        Assert.False(ambiguous);
        Assert.Equal(id, model?.Id);
        var route = Default.RoutesOf(model!).InOrder.Single();
        Assert.Equal((provider, upstream), (route.Entry.Provider, route.Entry.Model));
        // The translator looks the id up again.
        Assert.Equal(id, Default.Find(id, out _)?.Id);
        Assert.False(model!.IsPattern);
    }

    [Theory]
    [InlineData("openai/gpt-5", "openai/gpt-5")]
    [InlineData("claude-opus-4-8", "anthropic/claude-opus-4.8")]
    [InlineData("anthropic/claude-haiku-4-5-20251001", "anthropic/claude-haiku-4.5")]
    public void A_model_of_the_catalog_comes_before_any_pattern(string requested, string id) => Assert.Equal(id, Default.Find(requested, out _)!.Id);

    [Theory]
    [InlineData("openai/")]
    [InlineData("openai//x")]
    [InlineData("openai/../x")]
    [InlineData("openai/x/")]
    [InlineData("openai/a b")]
    [InlineData("openai/a\nb")]
    [InlineData("openai/a?b")]
    [InlineData("openai/ä")]
    [InlineData("gpt-9")]
    [InlineData("nobody/gpt-9")]
    [InlineData("claude-")]
    public void What_could_be_no_id_is_none(string requested) => Assert.Null(Default.Find(requested, out _));

    [Fact]
    public void A_name_is_no_longer_than_an_id() => Assert.Null(Default.Find("openai/" + new string('x', 200), out _));

    [Theory]
    [InlineData("fable")]
    [InlineData("opus")]
    [InlineData("sonnet")]
    [InlineData("haiku")]
    public void A_new_model_of_a_family_costs_what_the_newest_known_one_does(string family)
    {
        var newest = Default.Models.Where(m => !m.IsPattern && m.Id.StartsWith($"anthropic/claude-{family}-", StringComparison.Ordinal))
            .MaxBy(m => Version.Parse(m.Id[(m.Id.LastIndexOf('-') + 1)..] is var v && v.Contains('.') ? v : v + ".0"))!;
        var unknown = Default.Find($"claude-{family}-99", out _)!;
        Assert.Equal(newest.Price, unknown.Price);
        Assert.Equal(newest.Price, Default.RoutesOf(unknown).InOrder.Single().Price);
        // The short name means the same one.
        Assert.Equal(newest.Id, Default.Find(family, out _)!.Id);
    }

    /// <summary>And so is refused under a budget that refuses what has no price.</summary>
    [Theory]
    [InlineData("claude-mythos-5")]
    [InlineData("openai/gpt-9")]
    public void What_no_family_is_known_of_has_no_price(string requested) => Assert.Equal(["price"], PriceGaps.Of(Default.Find(requested, out _)!.Price));

    [Theory]
    [InlineData("claude-*", "claude-opus-7", true)]
    [InlineData("claude-*", "claude-opus-5", true)]
    [InlineData("claude-opus-*", "anthropic/claude-opus-7", true)]
    [InlineData("anthropic/*", "claude-opus-7", true)]
    [InlineData("openai/gpt-9", "openai/gpt-9", true)]
    [InlineData("openai/*", "openai/gpt-9", true)]
    [InlineData("*", "openai/gpt-9", true)]
    [InlineData("claude-opus-*", "claude-sonnet-7", false)]
    [InlineData("openai/gpt-8", "openai/gpt-9", false)]
    [InlineData("claude-*", "openai/gpt-5", false)]
    [InlineData("claude-*", "claude/openai/gpt-5", false)]
    [InlineData("claude/*", "claude/openai/gpt-5", false)]
    [InlineData("claude/openai/gpt-5", "openai/gpt-5", true)]
    [InlineData("claude/openai/gpt-5", "claude/openai/gpt-5", true)]
    [InlineData("claude/openai/gpt-5", "openai/gpt-5-mini", false)]
    public void The_list_of_a_key_means_them_as_well(string entry, string requested, bool allowed) => Assert.Equal(
        allowed,
        KeyPolicy.Allows(new KeyRecord { Id = "k", CreatedAt = default, Models = [entry] }, Default.Find(requested, out _)!));

    [Fact]
    public void A_pattern_may_be_another_name_of_one_model()
    {
        var catalog = Parse("""{ "models": [ { "id": "mine/all", "aliases": ["gpt-*"], "routes": [ { "provider": "demo", "model": "echo" } ] } ] }""");
        Assert.Same(catalog.Models[0], catalog.Find("gpt-9", out _));
        Assert.Equal("openai/gpt-5", catalog.Find("gpt-5", out _)!.Id);
    }

    [Theory]
    [InlineData("openai/gpt-5", "claude/openai/gpt-5")]
    [InlineData("demo/echo", "claude/demo/echo")]
    [InlineData("anthropic/claude-opus-5", "anthropic/claude-opus-5")]
    public void The_picker_has_an_id_for_each_that_leads_to_it(string id, string shown)
    {
        var model = Default.Find(id, out _)!;
        Assert.Equal(shown, PickerNames.Of(model));
        Assert.Same(model, Default.Find(shown, out _));
        Assert.DoesNotContain(Default.Models.SelectMany(m => m.Aliases.Prepend(m.Id)), n => n.StartsWith(PickerNames.Prefix, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gpt5", "openai/gpt-5")]
    [InlineData("claud-sonnet-4-5", "anthropic/claude-sonnet-4.5")]
    [InlineData("sonnet-4.5", "anthropic/claude-sonnet-4.5")]
    [InlineData("nobody/claude-sonnet-4-5", "anthropic/claude-sonnet-4.5")]
    [InlineData("deepseek-v4-flsh", "deepseek/deepseek-v4-flash")]
    public void A_mistyped_name_has_near_ones(string requested, string near)
    {
        var found = Default.Near(requested, _ => true);
        Assert.Contains(near, found);
        Assert.InRange(found.Count, 1, 3);
        Assert.Empty(Default.Near(requested, _ => false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("zzzzzzzzzzzz")]
    public void What_is_near_to_nothing_has_none(string requested) => Assert.Empty(Default.Near(requested, _ => true));

    private static ModelCatalog Parse(string json) => ModelCatalog.Parse(Encoding.UTF8.GetBytes(json), "test");
}
