using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>While nothing of an answer has been sent, the next route may serve the request; and the one that did is the one that is recorded.</summary>
public sealed class FallbackTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<bool, bool, string> Failures
    {
        get
        {
            var data = new TheoryData<bool, bool, string>();
            foreach (var native in new[] { true, false })
            {
                foreach (var failure in new[] { "reset", "status 500", "status 529", "status 401", "status 404" })
                {
                    data.Add(native, true, failure);
                    data.Add(native, false, failure);
                }

                data.Add(native, true, "error event first");
                data.Add(native, true, "empty stream");
                data.Add(native, false, "half a body");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Rule_E117_the_next_route_answers_when_the_first_fails_before_its_first_event(bool native, bool stream, string failure)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var marker = "fallback-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => failure switch
        {
            "reset" => Answer.Reset(),
            "error event first" => Answer.Sse().Error(native),
            "empty stream" => Answer.Sse(),
            "half a body" => Answer.Json(Streams.Whole(native)[..40]),
            _ => Answer.Json("""{"type":"error","error":{"type":"api_error","message":"no"}}""", int.Parse(failure.Split(' ')[1])),
        });
        _gateway.Second.Script(r => r.Text.Contains(marker), stream ? Streams.Opening(native).Closing(native) : Answer.Json(Streams.Whole(native)));
        using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "native/fallback" : "translated/fallback", stream, marker, key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(native ? "anthropic2" : "openai2", response.Headers.GetValues("gateway-provider").Single());
        Assert.Contains("Hello", await response.Content.ReadAsStringAsync());
        var sent = _gateway.Second.Requests.Single(r => r.Text.Contains(marker)).Json();
        Assert.Equal(native ? "claude-b" : "gpt-b", sent.GetProperty("model").GetString());
        await _gateway.UsageAsync(id, 1);
        var byProvider = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/usage?groupBy=provider")).GetProperty("data");
        Assert.Equal(native ? "anthropic2" : "openai2", byProvider[0].GetProperty("provider").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_native_route_may_be_followed_by_a_translated_one(bool stream)
    {
        var marker = "mixed-" + Guid.NewGuid().ToString("N");
        _gateway.Second.Script(r => r.Text.Contains(marker), stream ? Streams.Opening(false).Closing(false) : Answer.Json(Streams.Whole(false)));
        using var response = await _gateway.SendAsync(TestGateway.Messages("mixed/fallback", stream, marker));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("Hello", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_request_at_fault_is_not_tried_elsewhere()
    {
        var marker = "bad-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(
            r => r.Text.Contains(marker), Answer.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}""", 400));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/fallback", true, marker));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.DoesNotContain(_gateway.Second.Requests, r => r.Text.Contains(marker));
    }

    [Fact]
    public async Task When_every_route_fails_the_last_failure_is_the_answer()
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/unreachable", true));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("api_error", error.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(response.Headers.GetValues("request-id").Single(), error.GetProperty("request_id").GetString());
    }
}
