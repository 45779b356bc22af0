using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Requests;

namespace Gateway.Tests.Ingress;

public class EnvelopeReaderTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    [Fact]
    public void Rule_E162_only_the_model_is_replaced_and_every_other_byte_stays()
    {
        const string body =
            """{ "messages" : [ {"role":"user","content":"<é\u00e9 \ud83d\ude00> 1e3"} ] , "model":  "claude-x" , "max_tokens":1e3, "unknown":{"a":[1.0,"""
            + """2e5]} }""";
        var envelope = Read(body);
        Assert.Equal(1000, envelope.MaxTokens);
        Assert.Equal(body.Replace("\"claude-x\"", "\"up/stream\""), Spliced(body, envelope, "up/stream"));
        Assert.Empty(envelope.SplicesFor("claude-x"));
    }

    [Fact]
    public void A_byte_order_mark_shifts_nothing()
    {
        var body = "\uFEFF{" + Messages + ",\"max_tokens\":1,\"model\":\"m\"}";
        Assert.Equal(body.Replace("\"m\"", "\"other\""), Spliced(body, Read(body), "other"));
    }

    [Fact]
    public void Own_metadata_is_kept_for_the_record_and_cut_from_what_the_provider_gets()
    {
        const string body = """{"metadata":{"team":"blue","user_id":"u\u00e9","n":5},"model":"m","max_tokens":1,"messages":[{"role":"user","content":[]}]}""";
        var envelope = Read(body);
        Assert.Equal(new Dictionary<string, string> { ["team"] = "blue", ["n"] = "5" }, envelope.Metadata);
        Assert.Equal(
            """{"metadata":{"user_id":"u\u00e9"},"model":"x","max_tokens":1,"messages":[{"role":"user","content":[]}]}""", Spliced(body, envelope, "x"));
    }

    [Theory]
    [InlineData("{\"max_tokens\":1," + Messages + "}", "model: Field required")]
    [InlineData("{\"model\":\"m\"," + Messages + "}", "max_tokens: Field required")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1}", "messages: Field required")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}", "messages: at least one message is required.")]
    [InlineData("{\"model\":5,\"max_tokens\":1," + Messages + "}", "model: should be a non-empty string.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":-1," + Messages + "}", "max_tokens: should be greater than or equal to 0.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1.5," + Messages + "}", "max_tokens: should be a valid integer.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":\"9\"," + Messages + "}", "max_tokens: should be a valid integer.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"stream\":\"yes\"," + Messages + "}", "stream: should be true or false.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"tool_choice\":\"auto\"," + Messages + "}", "tool_choice: should be an object")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"temperature\":\"hot\"," + Messages + "}", "temperature: should be a number.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"model\":\"n\"," + Messages + "}", "model: is given more than once.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"tool\",\"content\":\"\"}]}", "messages.0.role: should be")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\"}]}", "messages.0.content: Field required")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":1}]}", "messages.0.content: should be")]
    [InlineData("[]", "request body: should be a JSON object.")]
    [InlineData("", "request body: is not valid JSON.")]
    [InlineData("{\"model\":\"m\"", "request body: is not valid JSON.")]
    [InlineData("{\"model\":\"m\",\"max_tokens\":1," + Messages + "} x", "request body: is not valid JSON.")]
    public void A_mistake_is_named_by_its_field(string body, string message)
    {
        var error = Assert.Throws<GatewayException>(() => Read(body));
        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        Assert.StartsWith(message, error.Message);
    }

    /// <summary>What is kept of a request goes into events, headers and logs: nobody may make them as large as a body.</summary>
    [Theory]
    [InlineData("\"model\":\"x/n§\"", '\u00a0', 20_000_000, "model: at most 256 characters.")]
    [InlineData("\"model\":\"§\"", 'm', 257, "model: at most 256 characters.")]
    [InlineData("\"model\":\"m\",\"metadata\":{\"§\":\"v\"}", 'n', 1_000_000, "metadata: at most 32768 bytes.")]
    [InlineData("\"model\":\"m\",\"metadata\":{\"n\":§}", '1', 1_000_000, "metadata: at most 32768 bytes.")]
    [InlineData("\"model\":\"m\",\"metadata\":{\"user_id\":\"§\"}", 'u', 1_000_000, "metadata: at most 32768 bytes.")]
    public void What_is_kept_of_a_request_is_bounded(string members, char filler, int count, string message)
    {
        var body = "{\"max_tokens\":1," + members.Replace("§", new string(filler, count), StringComparison.Ordinal) + "," + Messages + "}";
        var error = Assert.Throws<GatewayException>(() => Read(body));
        Assert.Equal((ErrorKind.InvalidRequest, message), (error.Kind, error.Message));
    }

    [Fact]
    public void A_model_of_256_characters_passes_however_it_is_written() =>
        Assert.Equal(
            new string('é', 256),
            Read("{\"model\":\"" + string.Concat(Enumerable.Repeat("\\u00e9", 256)) + "\",\"max_tokens\":1," + Messages + "}").Model);

    [Fact]
    public void Rule_E166_bytes_that_are_not_utf8_are_refused()
    {
        byte[] body = [.. "{\"model\":\"m\",\"x\":\""u8, 0xFF, .. "\"}"u8];
        Assert.StartsWith(
            "request body: is not valid UTF-8", Assert.Throws<GatewayException>(() => EnvelopeReader.Read(body, false, EnvelopeReader.Version2023)).Message);
    }

    [Fact]
    public void Rule_E163_depth_of_300_passes_and_of_5000_is_a_clear_error()
    {
        Assert.Equal("m", Read(Deep(300)).Model);
        Assert.StartsWith("request body: is not valid JSON", Assert.Throws<GatewayException>(() => Read(Deep(5000))).Message);

        static string Deep(int n) => "{\"model\":\"m\",\"max_tokens\":1,\"x\":" + new string('[', n) + new string(']', n) + "," + Messages + "}";
    }

    [Fact]
    public void The_newer_api_version_has_no_sampling_parameters()
    {
        const string body = "{\"model\":\"m\",\"max_tokens\":1,\"top_p\":0.5," + Messages + "}";
        Read(body);
        Assert.StartsWith(
            "top_p: is not part of API version 2026-10-21", Assert.Throws<GatewayException>(() => Read(body, EnvelopeReader.Version2026)).Message);
    }

    [Fact]
    public void Rule_E151_counting_needs_no_max_tokens() =>
        Assert.Equal("m", EnvelopeReader.Read(Encoding.UTF8.GetBytes("{\"model\":\"m\"," + Messages + "}"), counting: true, EnvelopeReader.Version2023).Model);

    [Theory]
    [InlineData("""[{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]""", RequestTraits.Fetches)]
    [InlineData("""[{"type":"document","source":{"type":"file","file_id":"f"}}]""", RequestTraits.Fetches)]
    [InlineData("""[{"type":"image","source":{"type":"url","\u0075rl":"https://x/y.png"}}]""", RequestTraits.Fetches)]
    [InlineData("""[{"type":"thinking","thinking":"t","signature":"s"}]""", RequestTraits.Thinking)]
    [InlineData("""[{"type":"redacted_thinking","data":"d"}]""", RequestTraits.Thinking)]
    [InlineData("""[{"type":"text","text":"t","citations":[{"encrypted_index":"e"}]}]""", RequestTraits.EncryptedIndex)]
    [InlineData("""[{"type":"text","text":"\"url\":\"file_id\" \"thinking\" \"web_search\" \"compact_1\""}]""", RequestTraits.None)]
    public void Traits_are_told_by_members_and_not_by_text(string content, object expected) =>
        Assert.Equal((RequestTraits)expected, Read("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]}").Traits);

    [Theory]
    [InlineData("""{"tools":[{"type":"web_search_20250305","name":"web_search"}]}""", RequestTraits.Fetches | RequestTraits.ServerTools)]
    [InlineData("""{"tools":[{"type":"code_execution_20260521","name":"code_execution"}]}""", RequestTraits.ServerTools)]
    [InlineData("""{"tools":[{"type":"tool_search_tool_bm25","name":"t"}]}""", RequestTraits.ServerTools)]
    [InlineData("""{"tools":[{"type":"mcp_toolset","mcp_server_name":"s"}]}""", RequestTraits.ServerTools)]
    [InlineData("""{"tools":[{"type":"not_known_yet_20290101","name":"t"}]}""", RequestTraits.ServerTools)]
    [InlineData("""{"tools":[{"type":"custom","name":"t","input_schema":{"type":"object"}}]}""", RequestTraits.None)]
    [InlineData("""{"context_management":{"edits":[{"type":"clear_thinking_20251015"}]}}""", RequestTraits.None)]
    [InlineData("""{"mcp_servers":[]}""", RequestTraits.Fetches | RequestTraits.ServerTools)]
    [InlineData("""{"context_management":{"edits":[{"type":"compact_20260112"}]}}""", RequestTraits.MayCompact)]
    [InlineData(
        """{"context_management":{"edits":[{"type":"c\u006fmpact_20260112"}]}}""",
        RequestTraits.Fetches | RequestTraits.ServerTools | RequestTraits.MayCompact | RequestTraits.Thinking)]
    [InlineData("""{"speed":"fast"}""", RequestTraits.AsksForMore)]
    [InlineData("""{"inference_geo":"us"}""", RequestTraits.AsksForMore)]
    [InlineData("""{"thinking":{"type":"adaptive"}}""", RequestTraits.Thinking)]
    public void Settings_that_change_the_price_are_traits(string member, object expected) =>
        Assert.Equal((RequestTraits)expected, Read("{\"model\":\"m\",\"max_tokens\":1," + member[1..^1] + "," + Messages + "}").Traits);

    [Fact]
    public async Task Body_reads_as_it_is_written_whatever_the_pieces()
    {
        var body = Encoding.UTF8.GetBytes("{\"model\":\"m\",\"max_tokens\":1," + Messages + ",\"metadata\":{\"user_id\":\"u\",\"own\":\"o\"}}");
        var envelope = EnvelopeReader.Read(body, counting: false, EnvelopeReader.Version2023);
        var expected = Spliced(Encoding.UTF8.GetString(body), envelope, "another");
        foreach (var piece in (int[])[1, 3, 7, 1000])
        {
            using var own = await ClientBody.ReadAsync(
                new Microsoft.AspNetCore.Http.DefaultHttpContext { Request = { Body = new MemoryStream(body) } }.Request, share: null, default);
            var content = new PooledContent(own, envelope.SplicesFor("another"));
            Assert.Equal(Encoding.UTF8.GetByteCount(expected), content.Length);
            await using var stream = await content.ReadAsStreamAsync();
            var read = new MemoryStream();
            var buffer = new byte[piece];
            while (await stream.ReadAsync(buffer) is > 0 and var count)
                read.Write(buffer, 0, count);
            Assert.Equal(expected, Encoding.UTF8.GetString(read.ToArray()));
        }
    }

    private static RequestEnvelope Read(string body, string version = EnvelopeReader.Version2023) =>
        EnvelopeReader.Read(Encoding.UTF8.GetBytes(body), counting: false, version);

    private static string Spliced(string body, RequestEnvelope envelope, string model)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var result = new List<byte>();
        var at = 0;
        foreach (var splice in envelope.SplicesFor(model))
        {
            result.AddRange(bytes[at..splice.Start]);
            result.AddRange(splice.Replacement.ToArray());
            at = splice.Start + splice.Length;
        }

        result.AddRange(bytes[at..]);
        return Encoding.UTF8.GetString([.. result]);
    }
}
