using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;
using Gateway.Providers.Requests;

namespace Gateway.Tests.Translation;

public class BytesTests
{
    private static readonly AnswerHead Head = new("msg_test", "m");

    [Fact]
    public void Rule_E166_a_byte_order_mark_is_skipped_and_invalid_utf8_is_refused()
    {
        byte[] body = [.. "\uFEFF"u8, .. """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}"""u8];
        using (var request = RequestParser.Parse(body))
            Assert.Equal(1, request.MaxTokens);
        body[^6] = 0xFF;
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<GatewayException>(() => RequestParser.Parse(body)).Kind);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(600, false)]
    public void Rule_E163_nesting_over_512_is_refused_and_less_is_not(int depth, bool allowed)
    {
        var schema = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        var body = Encoding.UTF8.GetBytes(
            $$"""{"model":"m","max_tokens":1,"tools":[{"name":"t","input_schema":{{schema}}}],"messages":[{"role":"user","content":"Hi"}]}""");
        if (allowed)
        {
            using var scope = new CallScope(body);
            Assert.Contains(schema[5..^1], Translating.Request(scope.Call));
        }
        else
        {
            Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<GatewayException>(() => RequestParser.Parse(body)).Kind);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{\"max_tokens\":1")]
    public void A_body_that_is_no_json_object_is_refused(string body) =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<GatewayException>(() => RequestParser.Parse(Encoding.UTF8.GetBytes(body))).Kind);

    [Theory]
    [InlineData(2_000_000)]
    [InlineData(400)]
    public void Rule_E24_large_arguments_arrive_whole_in_parts_of_at_most_64_KiB(int piece)
    {
        var text = string.Concat(Enumerable.Repeat("日本 \"é\" ", 220_000));
        var arguments = "{\"s\":\"" + text.Replace("\"", "\\\"") + "\"}";
        var stream = new StringBuilder();
        var first = true;
        foreach (var part in arguments.Chunk(piece))
        {
            var call = new JsonObject { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = new string(part) } };
            if (first)
            {
                call["id"] = "call_a";
                call["function"]!["name"] = "get_time";
                first = false;
            }

            var delta = new JsonObject { ["tool_calls"] = new JsonArray(call) };
            var chunk = new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta }) };
            stream.Append("data: ").Append(chunk.ToJsonString()).Append("\n\n");
        }

        stream.Append("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n");
        using var scope = new CallScope();
        var bytes = Encoding.UTF8.GetBytes(stream.ToString());
        var message = StreamGrammar.Check(Translating.Stream(scope.Call, [.. bytes.Chunk(piece == 400 ? 4 * 1024 : bytes.Length)]).Events)!;
        Assert.Equal(text, message["content"]![0]!["input"]!["s"]!.GetValue<string>());
    }

    [Fact]
    public void Rule_E99_a_schema_that_refers_to_itself_many_times_stays_small()
    {
        var self = "{\"anyOf\":[" + string.Join(',', Enumerable.Repeat("{\"$ref\":\"#/$defs/n\"}", 40)) + "]}";
        var schema = "{\"type\":\"object\",\"properties\":{\"a\":" + self + "},\"$defs\":{\"n\":" + self + "}}";
        var body = Encoding.UTF8.GetBytes(
            $$"""{"model":"m","max_tokens":1,"tools":[{"name":"t","input_schema":{{schema}}}],"messages":[{"role":"user","content":"Hi"}]}""");
        using var scope = new CallScope(body, "[\"subset-schemas\"]", "gemini");
        Assert.InRange(Translating.Request(scope.Call).Length, 1_000, 500_000);
        Assert.Equal(["tools.input_schema"], scope.Call.Request.Dropped.Names);
    }

    [Fact]
    public async Task A_text_delta_costs_at_most_100_bytes_of_garbage()
    {
        const int deltas = 5_000;
        var one = Encoding.UTF8.GetBytes(
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \\\"é\\\" \"},"
            + "\"finish_reason\":null}],\"usage\":null}\n\n");
        var all = new byte[one.Length * deltas];
        for (var i = 0; i < deltas; i++)
            one.CopyTo(all, i * one.Length);
        var output = new ArrayBufferWriter<byte>(1 << 20);
        await RunAsync(new MemoryStream(all, 0, one.Length * 100), output);
        using var upstream = new MemoryStream(all);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await RunAsync(upstream, output);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)deltas, 0, 100);

        static async Task RunAsync(MemoryStream upstream, ArrayBufferWriter<byte> output)
        {
            using var scope = new CallScope();
            using var writer = new EventAnswerWriter(output);
            var stream = scope.Call.Provider.Dialect.Translation!.ReadStream(scope.Call, new Answer(scope.Call.AnswerOptions(Head), writer));
            using var reader = new SseReader(upstream);
            do
            {
                while (reader.TryRead(out var e))
                    stream.Translate(e);
                output.ResetWrittenCount();
            }
            while (await reader.FillAsync(default));
        }
    }
}
