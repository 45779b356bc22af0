using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Answers;

namespace Gateway.Tests.Translation;

/// <summary>What of an answer is in none of its events.</summary>
public class AnswerTests
{
    private const string Thought = """{"choices":[{"index":0,"message":{"reasoning_content":"Hm."},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"content":""},"finish_reason":"stop"}]}""", true)]
    [InlineData(Thought, true)]
    [InlineData("""{"choices":[{"index":0,"message":{"reasoning_content":"Hm.","content":"Hi"},"finish_reason":"stop"}]}""", false)]
    [InlineData(
        """{"choices":[{"index":0,"message":{"tool_calls":[{"id":"a","function":{"name":"get_time","arguments":""}}]},"finish_reason":"stop"}]}""", false)]
    public void Rule_E32_an_answer_of_nothing_or_of_thoughts_alone_is_known_as_such(string body, bool nothing) => Assert.Equal(nothing, Read(body).HasNoOutput);

    [Fact]
    public void Names_that_a_provider_makes_up_are_kept_short_plain_and_few()
    {
        using var scope = new CallScope();
        using var writer = new DocumentAnswerWriter(new ArrayBufferWriter<byte>());
        var answer = new Answer(scope.Call.AnswerOptions(new AnswerHead("msg", "m")), writer);
        answer.Drop("a b\n: c,é"u8);
        answer.Drop(Encoding.ASCII.GetBytes(new string('x', 500)));
        Assert.Equal(["answer.a?b???c???", "answer." + new string('x', 40)], scope.Call.Request.Dropped.Names);
        for (var i = 0; i < 100; i++)
            answer.Drop(Encoding.ASCII.GetBytes($"kind{i}"));
        Assert.Equal(20, scope.Call.Request.Dropped.Names.Count);
    }

    /// <summary>Ids that carry a state are long; there is a length that no client means to keep.</summary>
    [Theory]
    [InlineData(64, "")]
    [InlineData(5_000, "toolu_s_")]
    [InlineData(1_000_000, "toolu_")]
    public void The_id_of_a_call_is_the_providers_up_to_a_length_that_a_client_can_keep(int length, string prefix)
    {
        var output = new ArrayBufferWriter<byte>();
        var name = new string('x', length);
        Read(
            $$$"""{"choices":[{"index":0,"message":{"tool_calls":[{"id":"{{{name}}}","function":{"name":"t","arguments":"{}"}}]},"finish_reason":"stop"}]}""",
            output);
        using var json = JsonDocument.Parse(output.WrittenMemory);
        var id = json.RootElement.GetProperty("content")[0].GetProperty("id").GetString()!;
        Assert.StartsWith(prefix, id, StringComparison.Ordinal);
        Assert.InRange(id.Length, 16, 10_000);
        using var scope = new CallScope();
        Assert.Equal(length < 10_000, scope.Call.ToolIds.ToUpstream(id) == name);
    }

    /// <summary>Escapes that are whole, or are no escapes, stay as they are.</summary>
    [Theory]
    [InlineData("""x\ud83d""", "x\uFFFD")]
    [InlineData("""\uDE00\ud83d\ude00\uD83D\ud83d\ude00""", "\uFFFD😀\uFFFD😀")]
    [InlineData("""\\ud83d \u00e9 \" \\\ud83d""", "\\ud83d é \" \\\uFFFD")]
    [InlineData("""\ud83d\u00e9\ud83dz""", "\uFFFDé\uFFFDz")]
    public void Rule_E161_half_a_character_in_json_that_goes_as_it_is_becomes_a_replacement(string escaped, string expected)
    {
        var body = Encoding.UTF8.GetBytes(
            $$$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":["""
            + $$$"""{"type":"tool_use","id":"a","name":"t","input":{"s":"{{{escaped}}}"}}]},{"role":"user","content":["""
            + $$$"""{"type":"tool_result","tool_use_id":"a","content":"r"}]}]}""");
        using var gemini = new CallScope(body, dialect: "gemini");
        using var json = JsonDocument.Parse(Translating.Request(gemini.Call));
        Assert.Equal(
            expected,
            json.RootElement.GetProperty("contents")[1].GetProperty("parts")[0].GetProperty("functionCall").GetProperty("args").GetProperty("s").GetString());
        using var chat = new CallScope(body);
        using var messages = JsonDocument.Parse(Translating.Request(chat.Call));
        var arguments = messages.RootElement.GetProperty("messages")[1]
            .GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!;
        using var parsed = JsonDocument.Parse(arguments);
        Assert.Equal(expected, parsed.RootElement.GetProperty("s").GetString());
    }

    private static Answer Read(string body, ArrayBufferWriter<byte>? output = null)
    {
        using var scope = new CallScope(thinking: """{"type":"adaptive"}""");
        using var writer = new DocumentAnswerWriter(output ?? new ArrayBufferWriter<byte>());
        var answer = new Answer(scope.Call.AnswerOptions(new AnswerHead("msg", "m")), writer);
        Translating.Of(scope.Call).ReadResponse(scope.Call, Encoding.UTF8.GetBytes(body), answer);
        return answer;
    }
}
