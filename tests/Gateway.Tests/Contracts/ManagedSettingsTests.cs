using System.Text.Json.Nodes;
using Gateway.Contracts.ManagedSettings;

namespace Gateway.Tests.Contracts;

/// <summary>How documents of managed settings become one, and its checksum. What is expected was written by the rules of Anthropic's own gateway.</summary>
public class ManagedSettingsTests
{
    /// <summary>Computed in JavaScript by the client's own function: members sorted, JSON.stringify, SHA-256.</summary>
    [Theory]
    [InlineData("{}", "{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    [InlineData(
        """{ "b": 1, "a": {"d":[3,{"z":1,"y":2}],"c":"x"}}""",
        """{"a":{"c":"x","d":[3,{"y":2,"z":1}]},"b":1}""",
        "16e087361bff74c7fa7f7910fb9b56dedab630d1a3706fea9acb0a4477f69785")]
    [InlineData(
        """{"10":1,"9":2,"a":3,"01":4,"B":5,"4294967295":6,"4294967294":7}""",
        """{"9":2,"10":1,"4294967294":7,"01":4,"4294967295":6,"B":5,"a":3}""",
        "e4f541ef3851aefc317152fdb43e33a6b8c3b1bf1a6bde99525884d02bea0ba6")]
    [InlineData(
        """{"n":[1.0,1e3,-0.0,0.1,1e21,123456789012345680000,1e-7,0.000001,1.5e300,-2.50,12345678901234567890,5e-324]}""",
        """{"n":[1,1000,0,0.1,1e+21,123456789012345680000,1e-7,0.000001,1.5e+300,-2.5,12345678901234567000,5e-324]}""",
        "d6b024ac9204a4842734828961d3e86a8df82acf50354fc7277651bb52e57525")]
    [InlineData(
        """{"t":"é <&> \u2028 \u0001\b\f\n\r\t \"\\/ 😀","ä":null,"Z":true,"z":false}""",
        "{\"Z\":true,\"t\":\"é <&> \u2028 \\u0001\\b\\f\\n\\r\\t \\\"\\\\/ 😀\",\"z\":false,\"ä\":null}",
        "c60cb73b5054e810b48db0c627072638e561f09ceb6fd11feeb45401ce6765f0")]
    public void A_checksum_is_the_one_that_the_client_computes(string settings, string canonical, string checksum)
    {
        var parsed = JsonNode.Parse(settings)!.AsObject();
        Assert.Equal(canonical, SettingsChecksum.CanonicalTextOf(parsed));
        Assert.Equal("sha256:" + checksum, SettingsChecksum.Of(parsed));
    }

    [Theory]
    // What a nearer one says replaces, what it leaves out stays.
    [InlineData("""{"model":"a","cleanupPeriodDays":3}""", """{"model":"b"}""", """{"model":"b","cleanupPeriodDays":3}""")]
    [InlineData("""{"availableModels":["opus"]}""", """{"availableModels":["haiku"]}""", """{"availableModels":["haiku"]}""")]
    [InlineData("""{"sandbox":{"a":1}}""", """{"sandbox":{"b":1}}""", """{"sandbox":{"b":1}}""")]
    // Records by name.
    [InlineData("""{"env":{"A":"1","B":"1"}}""", """{"env":{"B":"2","C":"3"}}""", """{"env":{"A":"1","B":"2","C":"3"}}""")]
    [InlineData("""{"modelOverrides":{"a":"1"}}""", """{"modelOverrides":{"b":"2"}}""", """{"modelOverrides":{"a":"1","b":"2"}}""")]
    // What is denied stays denied, each once.
    [InlineData("""{"deniedModels":["a","b"]}""", """{"deniedModels":["b","c"]}""", """{"deniedModels":["a","b","c"]}""")]
    [InlineData("""{"blockedMarketplaces":[{"a":"x"}]}""", """{"blockedMarketplaces":[{"a":"x"}]}""", """{"blockedMarketplaces":[{"a":"x"}]}""")]
    [InlineData(
        """{"permissions":{"allow":["A"],"deny":["B"],"ask":["C"],"defaultMode":"plan"}}""",
        """{"permissions":{"allow":["D"],"deny":["E"],"ask":["F"]}}""",
        """{"permissions":{"allow":["D"],"deny":["B","E"],"ask":["C","F"],"defaultMode":"plan"}}""")]
    [InlineData("""{"permissions":{"deny":["B"]}}""", """{"permissions":{"allow":["D"]}}""", """{"permissions":{"allow":["D"],"deny":["B"]}}""")]
    // Hooks, too.
    [InlineData(
        """{"hooks":{"Stop":[{"a":1}],"PreToolUse":[{"p":1}]}}""",
        """{"hooks":{"Stop":[{"b":1}]}}""",
        """{"hooks":{"Stop":[{"a":1},{"b":1}],"PreToolUse":[{"p":1}]}}""")]
    public void A_nearer_document_is_laid_over_a_wider_one(string wide, string near, string merged)
    {
        var documents = new[] { wide, near }.Select(d => JsonNode.Parse(d)!.AsObject()).ToList();
        var settings = SettingsMerge.Of(documents);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(merged), settings), settings.ToJsonString());
        // The documents themselves stay as they are.
        Assert.Equal([wide, near], documents.Select(d => d.ToJsonString()));
    }

    [Fact]
    public void Three_layers_are_laid_one_over_the_other()
    {
        var settings = SettingsMerge.Of(new[]
        {
            """{"env":{"A":"1"},"deniedModels":["x"],"model":"a"}""", """{"env":{"A":"2"},"model":"b"}""", """{"deniedModels":["y"]}""",
        }.Select(d => JsonNode.Parse(d)!.AsObject()));
        Assert.Equal("""{"deniedModels":["x","y"],"env":{"A":"2"},"model":"b"}""", SettingsChecksum.CanonicalTextOf(settings));
    }
}
