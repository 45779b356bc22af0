using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Gateway.Tests.EndToEnd;

/// <summary>One trace over all hops: the caller's W3C context goes through every service and sidecar, and into the usage event.</summary>
public sealed class TracingTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [InlineData("native/model-4.5", true)]
    [InlineData("translated/model", false)]
    public async Task A_callers_trace_goes_through_every_service_and_into_the_usage_event(string model, bool native)
    {
        var gateway = shared.Gateway;
        var trace = ActivityTraceId.CreateRandom();
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace)
                    seen.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var (id, key) = await gateway.CreateKeyAsync();
        var marker = "trace-" + trace;
        gateway.Upstream.Script(r => r.Text.Contains(marker), Streams.Opening(native).Closing(native));
        using var request = TestGateway.Messages(model, true, marker, key);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using (var response = await gateway.SendAsync(request))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await response.Content.ReadAsStringAsync();
        }

        await gateway.UsageAsync(id, 1);
        var e = (await gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal(trace.ToString(), e.GetProperty("trace_id").GetString());

        // ingress, translator where there is one, adapter: a span each, every one below another.
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        var expected = native ? 2 : 3;
        while (seen.Count < expected)
            await Task.Delay(20, limit.Token);
        Assert.Equal(seen.Count, seen.Select(a => a.SpanId).Distinct().Count());
        Assert.All(seen, a => Assert.NotEqual(default, a.ParentSpanId));
        // The provider hears nothing of it.
        Assert.All(gateway.Upstream.Requests.Where(r => r.Text.Contains(marker)), r => Assert.False(r.Headers.ContainsKey("traceparent")));
    }
}
