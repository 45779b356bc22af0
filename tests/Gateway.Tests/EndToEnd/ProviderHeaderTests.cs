using System.Net;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a provider says about our account there, and about itself, never reaches a client as if it were about the client.</summary>
public sealed class ProviderHeaderTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private static readonly string[] Theirs =
        ["anthropic-organization-id", "openai-organization", "cf-ray", "via", "anthropic-ratelimit-unified-status", "anthropic-ratelimit-requests-limit"];

    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<bool, bool, int> Answers()
    {
        var all = new TheoryData<bool, bool, int>();
        foreach (var native in new[] { true, false })
        {
            foreach (var stream in new[] { true, false })
            {
                foreach (var status in new[] { 200, 400, 429 })
                    all.Add(native, stream, status);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nothing_of_the_providers_account_is_shown_as_the_clients(bool native, bool stream, int status)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Theirs.Aggregate(AnswerOf(native, stream, status), (a, name) => a.Header(name, "theirs")));
        using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "claude-test-4.5" : "translated/model", stream, id, key));
        Assert.Equal(status, (int)response.StatusCode);
        await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(response.Headers, h => Theirs.Contains(h.Key, StringComparer.OrdinalIgnoreCase));
        Assert.Equal(response.Headers.GetValues("gateway-request-id").Single(), response.Headers.GetValues("request-id").Single());
        Assert.Equal(native, response.Headers.Contains("gateway-upstream-ratelimit-requests-limit"));
        if (!native)
            return;
        // For the operator it is in the event.
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal("req_up", e.GetProperty("upstream_request_id").GetString());
    }

    [Fact]
    public async Task A_token_count_does_not_show_it_either()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(
            r => r.Text.Contains(id), _ => Theirs.Aggregate(Answer.Json("""{"input_tokens":4}"""), (a, name) => a.Header(name, "theirs")));
        using var response = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages/count_tokens", $$"""{"model":"claude-test-4.5","messages":[{"role":"user","content":"{{id}}"}]}""", key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => Theirs.Contains(h.Key, StringComparer.OrdinalIgnoreCase));
    }

    private static Answer AnswerOf(bool native, bool stream, int status)
    {
        var answer = (status, stream) switch
        {
            (200, true) => Streams.Opening(native).Closing(native),
            (200, false) => Answer.Json(Streams.Whole(native)),
            (400, _) => Answer.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"no"}}""", status),
            _ => Answer.Json("""{"type":"error","error":{"type":"rate_limit_error","message":"no"}}""", status),
        };
        return answer.Header("request-id", "req_up").Header("x-request-id", "req_up");
    }
}
