using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Tests.Contracts;

/// <summary>A catalog file lies over the catalog that ships.</summary>
public class CatalogMergeTests
{
    private static readonly ModelCatalog Default = CatalogSource.Default();

    [Fact]
    public void A_file_adds_its_own_in_front_and_the_rest_stays()
    {
        var catalog = Parse("""
            { "$schema": "catalog.schema.json", "extends": "default",
              "providers": { "mine": { "dialect": "openai-chat", "baseUrl": "http://10.0.0.5:8000/v1", "descriptor": "vllm" } },
              "models": [ { "id": "mine/llama", "routes": [ { "provider": "mine", "model": "llama" } ] } ] }
            """);
        Assert.Equal(Default.Models.Select(m => m.Id).Prepend("mine/llama"), catalog.Models.Select(m => m.Id));
        Assert.Equal(Default.File.Providers.Count + 1, catalog.File.Providers.Count);
        Assert.NotNull(catalog.Find("demo/echo", out _));
    }

    [Fact]
    public void False_starts_from_nothing()
    {
        var catalog = Parse("""
            { "default": false, "providers": { "demo": { "dialect": "demo" } },
              "models": [ { "id": "m", "displayName": null, "aliases": null, "routes": [ { "provider": "demo", "model": "echo", "price": null } ] } ] }
            """);
        Assert.Equal("m", Assert.Single(catalog.Models).Id);
        Assert.Single(catalog.File.Providers);
        Assert.Empty(catalog.Models[0].Aliases);
    }

    [Fact]
    public void Members_given_replace_those_below_each_whole_and_null_takes_one_away()
    {
        var catalog = Parse("""
            { "models": [ { "id": "anthropic/claude-sonnet-4.5", "displayName": null, "maxOutputTokens": 1000, "aliases": ["ours"],
                            "price": { "currency": "EUR", "perMillion": { "input": 1, "output": 2 } } } ] }
            """);
        var model = catalog.Find("ours", out _)!;
        Assert.Equal("anthropic/claude-sonnet-4.5", model.Id);
        Assert.Same(catalog.Models[0], model);
        Assert.Null(model.DisplayName);
        Assert.Equal((200_000, 1000), (model.ContextTokens, model.MaxOutputTokens));
        Assert.Equal("claude-sonnet-4-5-20250929", model.Routes[0].Model);
        Assert.Equal(new Price { Currency = "EUR", PerMillion = new PerMillion { Input = 1, Output = 2 } }, model.Price);
        Assert.DoesNotContain("claude-sonnet-4-5", model.Aliases);
    }

    [Fact]
    public void A_model_whose_routes_are_null_is_not_offered()
    {
        var catalog = Parse("""{ "models": [ { "id": "demo/echo", "routes": null }, { "id": "openai/*", "routes": null } ] }""");
        Assert.Null(catalog.Find("demo/echo", out _));
        Assert.Null(catalog.Find("openai/unheard-of", out _));
        Assert.Equal(Default.Models.Count - 2, catalog.Models.Count);
    }

    [Fact]
    public void A_provider_that_is_null_is_gone_with_the_routes_to_it()
    {
        var catalog = Parse("""{ "providers": { "openai": null, "fireworks": null } }""");
        Assert.Null(catalog.FindProvider("openai"));
        Assert.Null(catalog.Find("openai/gpt-5", out _));
        Assert.Equal(["moonshot", "together"], catalog.Find("kimi-k2.6", out _)!.Routes.Select(r => r.Provider));
    }

    [Fact]
    public void A_provider_at_another_address_gets_no_credential_that_was_not_named_for_it()
    {
        var catalog = Parse("""
            { "providers": { "openai": { "baseUrl": "https://llm.example.com/v1" }, "groq": { "secrets": ["A", "B"] },
                             "mistral": { "baseUrl": "https://eu.example.com/v1", "secret": "EU_KEY" }, "xai": { "maxConcurrency": 3 } } }
            """);
        Assert.Empty(catalog.FindProvider("openai")!.SecretNames);
        Assert.Equal("openai-responses", catalog.FindProvider("openai")!.Dialect);
        Assert.Equal(["A", "B"], catalog.FindProvider("groq")!.SecretNames);
        Assert.Equal(["EU_KEY"], catalog.FindProvider("mistral")!.SecretNames);
        Assert.Equal(("XAI_API_KEY", 3), (catalog.FindProvider("xai")!.SecretNames.Single(), catalog.FindProvider("xai")!.MaxConcurrency));
    }

    [Fact]
    public void A_name_that_the_file_gives_to_a_model_is_that_models_only()
    {
        var catalog = Parse("""
            { "models": [ { "id": "mine/sonnet", "aliases": ["claude-sonnet-4-5", "openai/gpt-5"], "routes": [ { "provider": "demo", "model": "echo" } ] } ] }
            """);
        Assert.Equal("mine/sonnet", catalog.Find("claude-sonnet-4-5", out _)!.Id);
        Assert.Equal("mine/sonnet", catalog.Find("openai/gpt-5", out _)!.Id);
        Assert.Equal("anthropic/claude-sonnet-4.5", catalog.Find("claude-sonnet-4-5-20250929", out _)!.Id);
        Assert.DoesNotContain(catalog.Models, m => m.Id == "openai/gpt-5");
    }

    [Fact]
    public void Of_two_that_a_spelling_fits_the_operators_own_is_meant()
    {
        var catalog = Parse("""{ "models": [ { "id": "cloud/claude-sonnet-4.5", "routes": [ { "provider": "demo", "model": "echo" } ] } ] }""");
        Assert.Equal("cloud/claude-sonnet-4.5", catalog.Find("claude-sonnet-4.5", out var ambiguous)!.Id);
        Assert.False(ambiguous);
        Assert.Equal("anthropic/claude-sonnet-4.5", catalog.Find("anthropic/claude-sonnet-4-5", out _)!.Id);
    }

    /// <summary>Whatever a catalog has beside providers and models, a file says it, too.</summary>
    [Fact]
    public void The_other_members_are_merged_as_well()
    {
        var catalog = Parse("""{ "safeguardsModel": "haiku", "search": { "service": "searxng", "baseUrl": "http://10.0.0.6:8080", "price": null } }""");
        Assert.Equal(("haiku", "searxng"), (catalog.File.SafeguardsModel, catalog.File.Search?.Service));
        var members = CatalogJson.Default.GetTypeInfo(typeof(CatalogFile))!.Properties.Select(p => p.Name);
        Assert.All(
            members.Except(["$schema", "extends", "default", "providers", "models"]),
            name => Assert.NotEmpty(Assert.Throws<CatalogException>(() => Parse($$"""{ "default": false, "{{name}}": 5 }""")).Mistakes));
        var over = ModelCatalog.Of(Layer("""{ "default": false, "safeguardsModel": "none" }""").With(Layer("""{ "safeguardsModel": null }""")), "test");
        Assert.Null(over.File.SafeguardsModel);

        static CatalogLayer Layer(string json) => CatalogLayer.Read(Encoding.UTF8.GetBytes(json), "test");
    }

    /// <summary>By their place in the file, whatever else is in force.</summary>
    [Theory]
    [InlineData("""{ "models": [ { "id": "a/b", "routes": [ { "provider": 5, "model": "m" } ] } ] }""",
        "models[0].routes[0].provider: should be a text in quotes, not 5")]
    [InlineData("""{ "models": [ { "id": "a/b", "routes": [ { "model": "m" } ] } ] }""", "models[0].routes[0].provider: is missing")]
    [InlineData("""{ "models": [ { "id": "demo/echo" }, { "routes": [] } ] }""", "models[1].id: is missing")]
    [InlineData("""{ "models": [ { "id": "demo/echo" }, { "id": "a/b", "routes": { "provider": "demo" } } ] }""",
        "models[1].routes: should be a list in [ ], not an object")]
    [InlineData("""{ "models": [ { "id": "a", "routes": [ { "provider": "nobody", "model": "m" } ] } ] }""",
        "models[0].routes[0].provider: there is no provider 'nobody'")]
    [InlineData("""{ "models": { "a": {} } }""", "models: should be a list in [ ], not an object")]
    [InlineData("""{ "models": [ "a" ] }""", "models[0]: should be an object in { }, not \"a\"")]
    [InlineData("""[]""", "should be an object in { }, not a list")]
    [InlineData("""{ "providers": { "p": { "baseUrl": "http://x" } } }""", "providers.p.dialect: is missing")]
    [InlineData("""{ "providers": { "p": { "dialect": "demo", "timeouts": { "idleMs": 0.5 } } } }""",
        "providers.p.timeouts.idleMs: should be a whole number, not 0.5")]
    [InlineData("""{ "providers": { "p": { "dialect": "demo" }, "p": { "dialect": "demo" } } }""", "providers.p: stands there twice")]
    [InlineData("""{ "models": [ { "id": "demo/echo", "capabilities": { "images": "yes" } } ] }""",
        "models[0].capabilities.images: should be true or false, not \"yes\"")]
    [InlineData("""{ "models": [ { "id": "demo/echo", "createdAt": "soon" } ] }""",
        "models[0].createdAt: should be a time such as \"2026-11-29T00:00:00Z\", not \"soon\"")]
    [InlineData("""{ "models": [ { "id": "demo/echo", "price": { "currency": "USD", "perMillion": {}, "asOf": "2026" } } ] }""",
        "models[0].price.asOf: should be a day such as \"2026-11-29\", not \"2026\"")]
    [InlineData("""{ "models": [ { "id": "demo/echo", "price": { "currency": "USD" } } ] }""", "models[0].price.perMillion: is missing")]
    [InlineData("""{ "models": [ { "id": "demo/echo", "contextTokens": 99999999999 } ] }""",
        "models[0].contextTokens: should be a whole number, not 99999999999")]
    [InlineData("""{ "extends": "other" }""", "extends: 'other' is unknown; the only catalog to extend is \"default\", and \"default\": false extends none")]
    [InlineData("""{ "extends": "default", "default": false }""", "default: false contradicts extends; give one of them")]
    [InlineData("""{ "modles": [] }""", "modles: there is no such member; one of $schema, extends, default, providers, models, safeguardsModel, search, fetch")]
    [InlineData("""{ "models": [ { "id": "a*b", "routes": [ { "provider": "demo", "model": "m" } ] } ] }""",
        "models[0]: the name 'a*b' may have a * only at its end")]
    [InlineData("""{ "models": [ { "id": "a/b", "routes": [ { "provider": "demo", "model": "m*" } ] } ] }""",
        "models[0].routes[0].model: 'm*' may have a * only at its end, for what the * of the model's id stands for")]
    [InlineData("""{ "models": [ { "id": "a/*", "aliases": ["b"], "routes": [ { "provider": "demo", "model": "*" } ] } ] }""",
        "models[0].aliases: 'b' needs a * at its end, as the id has one")]
    [InlineData("""{ "models": [ { "id": "claude/mine", "routes": [ { "provider": "demo", "model": "m" } ] } ] }""",
        "models[0]: the name 'claude/mine' begins with claude/, which the gateway itself puts before ids for Claude Code")]
    public void A_mistake_is_told_by_its_place_in_words(string file, string mistake) =>
        Assert.Equal([mistake], Assert.Throws<CatalogException>(() => Parse(file)).Mistakes);

    [Theory]
    [InlineData("""{ "models": [ { "id": "demo/echo" } ] }""")]
    [InlineData("""{ "providers": { "demo": { "dialect": "demo" } } }""")]
    public void A_list_from_elsewhere_has_models_only_and_takes_none_away(string list)
    {
        var layer = () => CatalogLayer.ReadList(Encoding.UTF8.GetBytes(list), "test");
        if (list.Contains("models", StringComparison.Ordinal))
            Assert.Equal("demo/echo", Assert.Single(layer().Names).Id);
        else
            Assert.Equal(["providers: a fetched list has models only"], Assert.Throws<CatalogException>(layer).Mistakes);
        Assert.Equal(
            ["models[0].routes: is null; a fetched list takes no model away"],
            Assert.Throws<CatalogException>(() => CatalogLayer.ReadList("""{ "models": [ { "id": "demo/echo", "routes": null } ] }"""u8, "test")).Mistakes);
    }

    /// <summary>The catalog in force, as the admin API shows it, is a file that says the same.</summary>
    [Fact]
    public void What_is_in_force_can_be_written_and_read_again()
    {
        var written = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Default.File, CatalogJson.Default.CatalogFile);
        var read = ModelCatalog.Parse(written, "test");
        Assert.Equal(
            Encoding.UTF8.GetString(written),
            Encoding.UTF8.GetString(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(read.File, CatalogJson.Default.CatalogFile)));
    }

    private static ModelCatalog Parse(string json) => ModelCatalog.Parse(Encoding.UTF8.GetBytes(json), "test");
}
