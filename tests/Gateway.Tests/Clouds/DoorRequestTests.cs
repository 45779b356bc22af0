using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Providers.Clouds;

namespace Gateway.Tests.Clouds;

public class DoorRequestTests
{
    private const string Opus48 = "us.anthropic.claude-opus-4-8";

    [Theory]
    [InlineData("""{"model":"m","max_tokens":1,"stream":true,"messages":[]}""", """{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[]}""")]
    [InlineData("""{ "max_tokens" : 1.0 , "model" : "m" }""", """{"anthropic_version":"bedrock-2023-05-31", "max_tokens" : 1.0 }""")]
    [InlineData("""{"model":"m","stream":false}""", """{"anthropic_version":"bedrock-2023-05-31"}""")]
    [InlineData("""{"stream":true,"model":"m","a":"é\u00e9","model2":"x"}""", """{"anthropic_version":"bedrock-2023-05-31","a":"é\u00e9","model2":"x"}""")]
    [InlineData("""{"anthropic_version":"own","model":"m","x":[1,2]}""", """{"anthropic_version":"own","x":[1,2]}""")]
    [InlineData("""{"a":{"model":"kept"},"\u006dodel":"m"}""", """{"anthropic_version":"bedrock-2023-05-31","a":{"model":"kept"}}""")]
    public void Bedrock_gets_the_same_bytes_without_model_and_stream_and_with_a_version(string body, string expected)
    {
        using var request = Of(Doors.Bedrock, body);

        Assert.Equal(expected, Encoding.UTF8.GetString(request.Body.Span));
        Assert.Empty(request.Dropped);
    }

    [Theory]
    [InlineData("bedrock", "anthropic.claude-opus-4-8", "2026-10-21", "2026-10-21")]
    [InlineData("bedrock", "anthropic.claude-opus-4-6-v1", "2026-10-21", "bedrock-2023-05-31")]
    [InlineData("bedrock", "anthropic.claude-opus-4-8", "2023-06-01", "bedrock-2023-05-31")]
    [InlineData("bedrock", "anthropic.claude-opus-4-8", null, "bedrock-2023-05-31")]
    [InlineData("vertex", "claude-opus-4-6", "2026-10-21", "2026-10-21")]
    [InlineData("vertex", "claude-opus-4-6", null, "vertex-2023-10-16")]
    public void The_version_of_the_body_is_the_clients_where_the_model_knows_it(string door, string model, string? header, string version)
    {
        using var request = Of(Door(door), """{"model":"m","a":1}""", model, header);

        Assert.Equal(version, Json(request).GetProperty("anthropic_version").GetString());
    }

    [Fact]
    public void Vertex_keeps_stream_and_for_counting_the_model()
    {
        using var generate = Of(Doors.Vertex, """{"model":"m","stream":true}""");
        using var count = Of(Doors.Vertex, """{"model":"m","messages":[]}""", operation: Operations.CountTokens);

        Assert.Equal("""{"anthropic_version":"vertex-2023-10-16","stream":true}""", Encoding.UTF8.GetString(generate.Body.Span));
        Assert.Equal("""{"anthropic_version":"vertex-2023-10-16","model":"m","messages":[]}""", Encoding.UTF8.GetString(count.Body.Span));
    }

    [Fact]
    public void Bedrock_counts_a_request_in_base64_with_a_limit_in_it()
    {
        using var request = Of(Doors.Bedrock, """{"model":"m","messages":[]}""", "anthropic.claude-haiku-4-5-20251001-v1:0", operation: Operations.CountTokens);

        var inner = Json(request).GetProperty("input").GetProperty("invokeModel").GetProperty("body").GetBytesFromBase64();
        Assert.Equal("""{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[]}""", Encoding.UTF8.GetString(inner));
    }

    [Theory]
    [InlineData("claude-aws")]
    [InlineData("claude-google")]
    public void A_door_of_anthropics_own_api_gets_the_body_as_it_is(string door)
    {
        const string Body = """{ "model":"m", "stream":true,"tools":[{"type":"web_search_20250305","name":"web_search"}],"metadata":{"user_id":"{}"} }""";
        using var request = Of(Door(door), Body, betas: "brand-new-2027-01-01,other");

        Assert.Equal(Body, Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal("brand-new-2027-01-01,other", request.BetaHeader);
        Assert.Empty(request.Dropped);
    }

    [Theory]
    [InlineData("bedrock")]
    [InlineData("bedrock-messages")]
    [InlineData("bedrock-mantle")]
    public void Claude_codes_metadata_is_hashed_for_amazon_and_what_it_takes_stays(string door)
    {
        using var json = Of(Door(door), """{"a":1,"metadata":{"user_id":"{\"device_id\":\"d\"}","x":1}}""");
        using var same = Of(Door(door), """{"a":1,"metadata":{"user_id":"{\"device_id\":\"d\"}","x":1}}""");
        using var plain = Of(Door(door), """{"a":1,"metadata":{"user_id":"user-1 a_b.c@d"}}""");

        var hash = Json(json).GetProperty("metadata").GetProperty("user_id").GetString()!;
        Assert.Matches("^[0-9a-f]{32}$", hash);
        Assert.Equal(hash, Json(same).GetProperty("metadata").GetProperty("user_id").GetString());
        Assert.Equal(["metadata.user_id"], json.Dropped);
        Assert.Equal("user-1 a_b.c@d", Json(plain).GetProperty("metadata").GetProperty("user_id").GetString());
        Assert.Empty(plain.Dropped);
    }

    [Fact]
    public void What_is_cut_is_cut_where_it_stands_and_nowhere_else()
    {
        const string Body = """
            {"model":"m","cache_control":{"type":"ephemeral","ttl":"1h"},
             "system":[{"type":"text","text":"s","cache_control":{"scope":"global","type":"ephemeral"}}],
             "tools":[{"name":"t","strict":true,"input_schema":{"properties":{"strict":{"type":"url"},"cache_control":{"scope":1}}},
                       "allowed_callers":["direct"]}],
             "messages":[{"role":"user","content":[
             {"type":"tool_result","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","scope":"org"}}]},
             {"type":"tool_use","input":{"cache_control":{"scope":"kept"},"source":{"type":"url"}}}]}],
             "output_config":{"effort":"high","format":{"type":"json_schema"}},"speed":"fast"}
            """;
        using var request = Of(Doors.Bedrock, Body, Opus48);

        const string Expected = """
            {"anthropic_version":"bedrock-2023-05-31","cache_control":{"type":"ephemeral","ttl":"1h"},
             "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
             "tools":[{"name":"t","input_schema":{"properties":{"strict":{"type":"url"},"cache_control":{"scope":1}}}}],
             "messages":[{"role":"user","content":[
             {"type":"tool_result","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},
             {"type":"tool_use","input":{"cache_control":{"scope":"kept"},"source":{"type":"url"}}}]}],
             "output_config":{"effort":"high"}}
            """;
        Assert.Equal(Expected, Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal(["cache_control.scope", "output_config.format", "speed", "tools.allowed_callers", "tools.strict"], request.Dropped);
    }

    [Fact]
    public void Older_models_behind_bedrock_take_less()
    {
        using var request = Of(
            Doors.Bedrock, """{"model":"m","cache_control":{"type":"ephemeral"},"system":[{"cache_control":{"ttl":"1h"}}]}""", "anthropic.claude-opus-4-6-v1");

        Assert.Equal("""{"anthropic_version":"bedrock-2023-05-31","system":[{"cache_control":{}}]}""", Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal(["cache_control", "cache_control.ttl"], request.Dropped);
    }

    [Fact]
    public void Betas_go_where_the_door_takes_them_and_only_those_it_knows()
    {
        const string Betas = "claude-code-20250219, interleaved-thinking-2025-05-14,oauth-2025-04-20,advanced-tool-use-2025-11-20,computer-use-2025-11-24";
        using var bedrock = Of(Doors.Bedrock, """{"a":1}""", "anthropic.claude-opus-4-7", betas: Betas);
        using var vertex = Of(Doors.Vertex, """{"a":1}""", betas: Betas);
        using var foundry = Of(Doors.Foundry, """{"a":1}""", betas: Betas);
        using var own = Of(Doors.Vertex, """{"a":1}""", betas: Betas, more: ["oauth-*", "!computer-use-*"]);

        Assert.Equal(
            """["interleaved-thinking-2025-05-14","tool-search-tool-2025-10-19","computer-use-2025-11-24"]""",
            Json(bedrock).GetProperty("anthropic_beta").GetRawText());
        Assert.Null(bedrock.BetaHeader);
        Assert.Equal(["anthropic-beta.claude-code-20250219", "anthropic-beta.oauth-2025-04-20"], bedrock.Dropped);
        Assert.Equal("interleaved-thinking-2025-05-14,tool-search-tool-2025-10-19,computer-use-2025-11-24", vertex.BetaHeader);
        Assert.Equal("interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20,computer-use-2025-11-24", foundry.BetaHeader);
        Assert.Equal("interleaved-thinking-2025-05-14,oauth-2025-04-20,tool-search-tool-2025-10-19", own.BetaHeader);
    }

    [Fact]
    public void A_user_profile_goes_into_the_body_where_the_door_wants_it_there()
    {
        using var request = DoorRequest.Of(
            Doors.BedrockMantle, Operations.Generate, "anthropic.claude-opus-4-8", Bytes("""{"a":1}"""), null, [], "prof_1", null);

        Assert.Equal("""{"user_profile_id":"prof_1","a":1}""", Encoding.UTF8.GetString(request.Body.Span));
    }

    [Theory]
    [InlineData("claude-opus-4-6", 4, 6)]
    [InlineData("us.anthropic.claude-opus-4-6-v1", 4, 6)]
    [InlineData("anthropic.claude-haiku-4-5-20251001-v1:0", 4, 5)]
    [InlineData("claude-haiku-4-5@20251001", 4, 5)]
    [InlineData("anthropic.claude-sonnet-4-20250514-v1:0", 4, 0)]
    [InlineData("anthropic.claude-3-7-sonnet-20250219-v1:0", 3, 7)]
    [InlineData("claude-fable-5", 5, 0)]
    [InlineData("my-deployment", int.MaxValue, 0)]
    public void A_models_generation_is_told_by_its_id(string model, int major, int minor)
    {
        var version = ClaudeVersion.Of(model);
        Assert.Equal((major, minor), (version.Major, version.Minor));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"a":}""")]
    public void What_is_no_json_is_a_400(string body) =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<GatewayException>(() => Of(Doors.Bedrock, body)).Kind);

    internal static Door Door(string name) => Doors.All.Single(d => d.Name == name);

    private static DoorRequest Of(
        Door door, string body, string model = Opus48, string? version = null, string operation = Operations.Generate, string? betas = null,
        string[]? more = null) =>
        DoorRequest.Of(door, operation, model, Bytes(body), version, [betas], null, more);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static JsonElement Json(DoorRequest request)
    {
        using var document = JsonDocument.Parse(request.Body);
        return document.RootElement.Clone();
    }
}
