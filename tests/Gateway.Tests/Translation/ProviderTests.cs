using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Thinking;
using Gateway.Providers.Tools;
using Gateway.Translator;

namespace Gateway.Tests.Translation;

public class ProviderTests
{
    [Fact]
    public void The_default_catalog_names_no_unknown_descriptor_or_quirk() =>
        Assert.Empty(ProviderDescriptors.Problems(CatalogSource.Default().File));

    [Fact]
    public void Every_chat_provider_of_the_default_catalog_has_a_descriptor() => Assert.All(
        CatalogSource.Default().File.Providers.Where(p => p.Value.Dialect == DialectNames.OpenAiChat),
        p => Assert.NotNull(ProviderDescriptors.Find(p.Key)));

    [Fact]
    public void A_wrong_descriptor_and_a_wrong_quirk_are_named_with_their_place()
    {
        var catalog = new CatalogFile
        {
            Providers = new Dictionary<string, ProviderEntry>
            {
                ["mine"] = new() { Dialect = "openai-chat", Descriptor = "nobody", Quirks = ["top-k", "!no-such"] },
            },
        };
        Assert.Collection(
            ProviderDescriptors.Problems(catalog),
            p => Assert.StartsWith("providers.mine.descriptor: there is no built-in descriptor \"nobody\"", p),
            p => Assert.StartsWith("providers.mine.quirks: there is no quirk \"!no-such\"", p));
    }

    [Fact]
    public void The_catalog_adds_quirks_to_a_descriptor_and_takes_them_away()
    {
        var entry = new ProviderEntry
        {
            Dialect = "openai-chat",
            Descriptor = "mistral",
            BaseUrl = "https://x.example/v1/",
            Quirks = ["top-k", "!tool-ids-of-nine"],
        };
        var profile = ProviderDescriptors.Resolve("mine", entry)!;
        Assert.Equal((true, false, true), (profile.Quirks.Has(Quirk.TopK), profile.Quirks.Has(Quirk.ToolIdsOfNine), profile.Quirks.Has(Quirk.NoStreamOptions)));
        Assert.Equal("https://x.example/v1", profile.BaseUrl);
        Assert.Equal("/chat/completions", profile.Dialect.Path(Operations.Generate, "m", stream: true));
        Assert.Equal(CredentialHeader.Bearer, profile.Credentials);
    }

    [Fact]
    public void A_provider_nobody_knows_needs_only_a_catalog_entry()
    {
        var profile = ProviderDescriptors.Resolve("corner-shop", new ProviderEntry { Dialect = "openai-chat", BaseUrl = "http://10.0.0.1/v1" })!;
        Assert.Equal(default, profile.Quirks);
        Assert.NotNull(profile.Dialect.Translation);
    }

    [Fact]
    public void There_are_fewer_quirks_than_bits_to_hold_them() => Assert.True(QuirkSet.Names.Count() <= 128);

    [Theory]
    [InlineData("functions.Bash:0")]
    [InlineData("call é")]
    [InlineData("toolu_w_tricky")]
    public void Rule_E51_a_wrapped_id_comes_back_as_it_was(string id)
    {
        var client = ToolIds.ToClient(id);
        Assert.Matches("^[a-zA-Z0-9_-]+$", client);
        Assert.Equal(id, new ToolIds(ToolIdStyle.UpTo64, "p", "m").ToUpstream(client));
    }

    [Fact]
    public void Rule_E83_our_own_signatures_are_recognised_and_others_are_not()
    {
        var signature = new ThinkingSignature("deepseek", "m", "text é", "[{}]");
        Assert.True(ThinkingSignature.IsOurs(signature.ToString()));
        Assert.Equal(signature, ThinkingSignature.TryParse(signature.ToString()));
        Assert.All(
            ["", "EqQBCkgIARABGAIiQL", "gateway1.", "gateway1.!!", "gateway1.e30"], s => Assert.True(ThinkingSignature.TryParse(s) is null or { Text: null }));
    }

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("6m0s", 360)]
    [InlineData("1h2m3.5s", 3724)]
    [InlineData("120ms", 1)]
    [InlineData("17", 17)]
    [InlineData("soon", null)]
    public void Rule_E125_a_reset_in_openai_style_becomes_seconds(string text, int? seconds) => Assert.Equal(seconds, RetryAfter.Duration(text));
}
