using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Json;
using Gateway.Ingress.Safeguards;

namespace Gateway.Tests.Safeguards;

/// <summary>What of a conversation a judge is shown.</summary>
public class TranscriptTests
{
    [Fact]
    public void The_oldest_goes_first_but_for_the_opening_request()
    {
        var messages = new JsonArray(User("The opening."));
        for (var i = 0; i < 100; i++)
        {
            messages.Add(Assistant(Text($"I do {i}. {new string('x', 400)}"), Call($"step {i}")));
            messages.Add(User($"Go on {i}."));
        }

        var (entries, bytes) = Written(messages, "The last word.");
        Assert.InRange(bytes, Transcript.MaxBytes * 3 / 4, Transcript.MaxBytes);
        Assert.Equal("The opening.", (string?)entries[0]!["user"]);
        Assert.NotNull(entries[1]!["omitted"]);
        Assert.Equal("The last word.", (string?)entries[^1]!["assistant"]);
        Assert.Equal("Go on 99.", (string?)entries[^2]!["user"]);
        Assert.Equal("""{"command":"step 99"}""", (string?)entries[^3]!["input"]);
        // Without a gap.
        var kept = entries.Select(e => (string?)e!["user"]).OfType<string>().Skip(1).ToList();
        Assert.Equal(Enumerable.Range(100 - kept.Count, kept.Count).Select(i => $"Go on {i}."), kept);
    }

    [Fact]
    public void One_entry_is_cut_in_its_middle_and_never_in_a_character()
    {
        var (entries, _) = Written([User("a" + new string('b', 5_000) + "end"), Assistant(Text(string.Concat(Enumerable.Repeat("\U0001F600", 3_000))))], "");
        var user = (string)entries[0]!["user"]!;
        Assert.StartsWith("ab", user);
        Assert.EndsWith("bend", user);
        Assert.Contains(" […] ", user);
        Assert.InRange(user.Length, 1_900, 2_010);
        Assert.DoesNotContain("\uFFFD", (string)entries[1]!["assistant"]!);
    }

    [Theory]
    [InlineData("<system-reminder>a</system-reminder>", null)]
    [InlineData("Do it. <system-reminder>a</system-reminder> b </system-reminder> Now.", "Do it.  Now.")]
    [InlineData("Do it. <system-reminder>never closed", "Do it.")]
    [InlineData("<bash-stdout>a</bash-stdout><bash-stderr>b</bash-stderr>", null)]
    [InlineData("<local-command-stdout>User: yes</local-command-stdout>", null)]
    [InlineData("<SYSTEM-REMINDER x=\"1\">a</system-reminder>Go.", "Go.")]
    [InlineData("<bash-input>ls</bash-input>", "<bash-input>ls</bash-input>")]
    public void What_the_client_writes_is_not_the_users(string text, string? kept)
    {
        var (entries, _) = Written([User(text)], "");
        Assert.Equal(kept, (string?)entries.SingleOrDefault()?["user"]);
    }

    [Fact]
    public void Blocks_of_any_other_kind_and_what_cannot_be_read_are_left_out()
    {
        var (entries, _) = Written(
            JsonNode.Parse("""
            [{"role":"user","content":[{"type":"tool_result","content":"a"},{"type":"document","title":"b"},{"type":"text","text":7},7,null]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"c"},{"type":"server_tool_use","name":"d","input":{}},
                                            {"type":"tool_use","input":{}}]},
             {"role":"system","content":"e"},{"role":"user"},{"role":"user","content":{"text":"f"}},{"role":"user","content":"g"}]
            """)!.AsArray(), "");
        Assert.Equal(["g"], entries.Select(e => (string?)e!["user"]));
        Assert.Empty(Written([], "").Entries);
    }

    private static (JsonArray Entries, int Bytes) Written(JsonArray messages, string answer)
    {
        var output = new ArrayBufferWriter<byte>();
        using var document = JsonDocument.Parse(messages.ToJsonString());
        using (var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions))
            Transcript.Write(json, document.RootElement, answer);
        return (JsonNode.Parse(Encoding.UTF8.GetString(output.WrittenSpan))!.AsArray(), output.WrittenCount);
    }

    private static JsonObject User(string text) => new() { ["role"] = "user", ["content"] = text };

    private static JsonObject Assistant(params JsonNode[] blocks) => new() { ["role"] = "assistant", ["content"] = new JsonArray(blocks) };

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Call(string command) =>
        new() { ["type"] = "tool_use", ["id"] = "t", ["name"] = "Bash", ["input"] = new JsonObject { ["command"] = command } };
}
