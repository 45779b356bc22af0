using System.Text;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Requests;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Ingress;

public class RequestOriginTests
{
    private const string Account = "0b9a4e0e-5f0f-4c2c-9f62-1f6d36a7a001";
    private static readonly KeyHasher Hasher = new(Convert.ToBase64String(new byte[32]));
    private static readonly KeyRecord Hashed = new() { Id = "key_1", CreatedAt = default };
    private static readonly KeyRecord Plain = Hashed with { UserIds = UserIdForm.Plain };

    [Fact]
    public void A_request_that_says_nothing_has_no_origin() => Assert.Null(Of(Hashed, null));

    [Theory]
    [InlineData("user-42", "user-42", null)]
    [InlineData("{\"device_id\":\"d1\",\"account_uuid\":\"" + Account + "\",\"session_id\":\"s1\"}", Account, "s1")]
    [InlineData("{\"device_id\":\"d1\",\"account_uuid\":\"\",\"session_id\":\"s1\"}", "d1", "s1")]
    [InlineData("{\"device_id\":\"d1\",\"account_uuid\":null}", "d1", null)]
    [InlineData("{\"session_id\":\"s1\"}", null, "s1")]
    [InlineData("user_abc_account_" + Account + "_session_s1", Account, "s1")]
    [InlineData("user_abc_account__session_s1", "abc", "s1")]
    [InlineData("user_abc_account__session_", "abc", null)]
    [InlineData("user_a_session_b", "user_a_session_b", null)]
    [InlineData("user_a_session_b_account_c", "user_a_session_b_account_c", null)]
    [InlineData("{\"name\":\"x\"}", "{\"name\":\"x\"}", null)]
    [InlineData("{not json", "{not json", null)]
    [InlineData("{\"session_id\":\"\\ud800\"}", "{\"session_id\":\"\\ud800\"}", null)]
    [InlineData("", null, null)]
    public void The_user_and_the_session_are_what_user_id_says(string userId, string? user, string? session)
    {
        var origin = Of(Plain, userId)!;
        Assert.Equal((user, user, session), (origin.UserId, origin.User, origin.Session));
    }

    [Fact]
    public void A_user_id_of_half_a_character_is_nobodys()
    {
        var envelope = new RequestEnvelope { UserIdJson = "\"\\ud800\"" };
        Assert.Null(RequestOrigin.Of(Plain, new HeaderDictionary(), envelope, Hasher)!.User);
    }

    [Fact]
    public void A_user_id_that_is_deep_or_long_is_read_in_bounds()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 500)) + "1" + new string('}', 500);
        Assert.Equal(256, Of(Plain, deep)!.User!.Length);
        Assert.NotEqual(Of(Plain, new string('u', 300) + "a")!.User, Of(Plain, new string('u', 300) + "b")!.User);
        Assert.Equal(32, Of(Hashed, deep)!.User!.Length);
    }

    [Fact]
    public void Ids_are_hashed_so_that_the_same_is_the_same_and_kinds_are_not()
    {
        var first = Of(Hashed, "x", (ClaudeCode.SessionHeader, "x"), (ClaudeCode.AgentHeader, "x"), (ClaudeCode.ParentAgentHeader, "x"))!;
        var second = Of(Hashed with { Id = "key_2" }, "x", (ClaudeCode.SessionHeader, "y"), (ClaudeCode.ParentAgentHeader, "z"))!;
        Assert.All(new[] { first.User, first.Session, first.Agent, second.Session }, id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal("x", first.UserId);
        Assert.Equal(first.User, second.User);
        Assert.Equal(first.Agent, first.ParentAgent);
        Assert.Equal(3, new[] { first.User, first.Session, first.Agent }.Distinct().Count());
        Assert.NotEqual(first.Session, second.Session);
        Assert.DoesNotContain(first.User!, Hasher.Hash("x"));
        var other = RequestOrigin.Of(Hashed, new HeaderDictionary(), new RequestEnvelope { UserIdJson = "\"x\"" }, new KeyHasher("AAAB"))!;
        Assert.NotEqual(first.User, other.User);
    }

    [Fact]
    public void Who_has_signed_in_is_the_user_whatever_the_body_says()
    {
        var signedIn = Hashed with { UserId = "user:anna" };
        Assert.Equal("user:anna", Of(signedIn, null)!.User);
        var origin = Of(signedIn with { UserIds = UserIdForm.Plain }, "{\"account_uuid\":\"eve\",\"session_id\":\"s1\"}")!;
        Assert.Equal(("user:anna", "user:anna", "s1"), (origin.UserId, origin.User, origin.Session));
        // Nobody passes for another by saying so.
        Assert.Matches("^[0-9a-f]{32}$", Of(Hashed, "user:anna")!.User);
    }

    [Fact]
    public void The_header_of_the_session_counts_before_the_body_and_Claude_Codes_before_the_other()
    {
        const string Body = "{\"session_id\":\"of-body\"}";
        Assert.Equal("of-header", Of(Plain, Body, (ClaudeCode.SessionHeader, "of-header"), ("x-session-id", "other"))!.Session);
        Assert.Equal("other", Of(Plain, Body, ("x-session-id", "other"))!.Session);
        Assert.Equal("of-body", Of(Plain, Body)!.Session);
    }

    [Theory]
    [InlineData("x-claude-code-request-class", "subagent", "subagent")]
    [InlineData("x-claude-1p-request-class", "summary-extraction", "summary-extraction")]
    [InlineData("x-claude-code-request-class", "a\u0001b", null)]
    public void The_class_is_the_clients_word(string header, string value, string? expected) =>
        Assert.Equal(expected, Of(Hashed, null, (header, value))?.RequestClass);

    [Fact]
    public void A_long_class_is_cut()
    {
        var headers = new[] { ("x-claude-code-request-class", new string('c', 5_000)), ("x-claude-1p-request-class", "main") };
        Assert.Equal(64, Of(Hashed, null, headers)!.RequestClass!.Length);
    }

    [Fact]
    public void A_header_that_comes_twice_says_nothing()
    {
        var headers = new HeaderDictionary { [ClaudeCode.SessionHeader] = new(["a", "b"]), [ClaudeCode.AgentHeader] = "" };
        Assert.Null(RequestOrigin.Of(Hashed, headers, new RequestEnvelope(), Hasher));
    }

    [Fact]
    public void Tags_that_the_key_does_not_have_are_left_out_and_named()
    {
        var key = Hashed with { Tags = ["env"] };
        var origin = Of(key, null, ("gateway-tags", "env=prod, project=search, b"))!;
        Assert.Equal(new Dictionary<string, string> { ["env"] = "prod" }, origin.Tags);
        Assert.Equal(["tags.project", "tags.b"], origin.TagsLeftOut);
        var none = Of(Hashed with { Tags = [] }, null, ("gateway-tags", "env=prod"))!;
        Assert.Null(none.Tags);
        Assert.Equal(["tags.env"], none.TagsLeftOut);
    }

    [Fact]
    public void Of_a_tag_in_header_and_body_the_headers_counts()
    {
        var envelope = new RequestEnvelope { Tags = new() { ["env"] = "dev", ["team"] = "blue" } };
        var tags = RequestOrigin.Of(Hashed, new HeaderDictionary { ["gateway-tags"] = "env=prod" }, envelope, Hasher)!.Tags;
        Assert.Equal(new Dictionary<string, string> { ["env"] = "prod", ["team"] = "blue" }, tags);
    }

    [Fact]
    public void Tags_of_header_and_body_are_too_many_together()
    {
        var envelope = new RequestEnvelope { Tags = Enumerable.Range(0, 10).ToDictionary(i => $"b{i}", _ => "v") };
        var headers = new HeaderDictionary { ["gateway-tags"] = string.Join(',', Enumerable.Range(0, 7).Select(i => $"h{i}=v")) };
        var refused = Assert.Throws<GatewayException>(() => _ = RequestOrigin.Of(Hashed, headers, envelope, Hasher));
        Assert.Equal("gateway-tags and metadata.tags: at most 16 tags.", refused.Message);
    }

    private static RequestOrigin? Of(KeyRecord key, string? userId, params (string Name, string Value)[] headers)
    {
        var metadata = userId is null ? "{}" : $$"""{"user_id":{{JsonSerializer.Serialize(userId)}} }""";
        var body = $$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":""}],"metadata":{{metadata}} }""";
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(body), counting: false, EnvelopeReader.Version2023);
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
            dictionary[name] = value;
        return RequestOrigin.Of(key, dictionary, envelope, Hasher);
    }
}
