using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Ingress.Managed;

namespace Gateway.Tests.Ingress;

/// <summary>What managed settings say of models, as Anthropic's own gateway reads them.</summary>
public class ModelRulesTests
{
    [Theory]
    // A family's word is all of it, unless the list names one of it.
    [InlineData("""{"availableModels":["opus"]}""", true, false, true)]
    [InlineData("""{"availableModels":["opus","claude-opus-4-1"]}""", false, false, true)]
    [InlineData("""{"availableModels":["Sonnet"]}""", false, true, false)]
    // A name is what begins so, with or without the vendor, in any spelling.
    [InlineData("""{"availableModels":["claude-opus-4-8"]}""", true, false, false)]
    [InlineData("""{"availableModels":["opus-4-8"]}""", true, false, false)]
    [InlineData("""{"availableModels":["anthropic/claude-opus-4.8"]}""", true, false, false)]
    [InlineData("""{"availableModels":["claude-opus"]}""", true, false, true)]
    [InlineData("""{"availableModels":["claude-opus-4-8[1m]"]}""", true, false, false)]
    [InlineData("""{"availableModels":["claude-opu"]}""", false, false, false)]
    [InlineData("""{"availableModels":["claude-opus*"]}""", true, false, true)]
    // Exactly, if it says so.
    [InlineData("""{"availableModels":["claude-opus"],"availableModelsMatch":"exact"}""", false, false, false)]
    [InlineData("""{"availableModels":["claude-opus-4-1"],"availableModelsMatch":"exact"}""", false, false, true)]
    [InlineData("""{"availableModels":["opus"],"availableModelsMatch":"exact"}""", true, false, true)]
    // Denied is denied.
    [InlineData("""{"deniedModels":["opus"]}""", false, true, false)]
    [InlineData("""{"availableModels":["opus"],"deniedModels":["claude-opus-4-1"]}""", true, false, false)]
    [InlineData("""{"availableModels":[]}""", false, false, false)]
    [InlineData("""{"availableModels":["nobody"]}""", false, false, false)]
    public void A_model_is_allowed_by_what_is_said_of_it(string settings, bool opus48, bool sonnet, bool opus41)
    {
        var rules = ModelRules.Of(JsonNode.Parse(settings)!.AsObject())!;
        Assert.Equal(
            (opus48, sonnet, opus41),
            (rules.Allows(Model("anthropic/claude-opus-4.8", "claude-opus-4-8")),
                rules.Allows(Model("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929")),
                rules.Allows(Model("anthropic/claude-opus-4.1", "claude-opus-4-1-20250805"))));
    }

    [Fact]
    public void Other_vendors_models_are_named_by_their_ids()
    {
        var rules = ModelRules.Of(JsonNode.Parse("""{"availableModels":["openai/gpt-5"]}""")!.AsObject())!;
        Assert.True(rules.Allows(Model("openai/gpt-5")));
        Assert.True(rules.Allows(Model("openai/gpt-5-mini")));
        Assert.False(rules.Allows(Model("openai/gpt-50")));
        Assert.False(rules.Allows(Model("anthropic/claude-opus-4.8")));
    }

    [Fact]
    public void Settings_that_say_nothing_of_models_have_no_rules() =>
        Assert.Null(ModelRules.Of(JsonNode.Parse("""{"env":{}}""")!.AsObject()));

    private static ModelEntry Model(string id, params string[] aliases) => new() { Id = id, Aliases = aliases };
}
