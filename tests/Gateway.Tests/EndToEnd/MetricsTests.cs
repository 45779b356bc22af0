using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Gateway.Ingress.Metering;

namespace Gateway.Tests.EndToEnd;

public sealed class MetricsTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Fact]
    public async Task A_request_is_measured_by_the_names_of_the_genai_conventions()
    {
        var gateway = shared.Gateway;
        var seen = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == RequestMetrics.MeterName)
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((i, v, tags, _) => seen.Add((i.Name, v, Text(tags))));
        listener.SetMeasurementEventCallback<long>((i, v, tags, _) => seen.Add((i.Name, v, Text(tags))));
        listener.Start();
        var marker = "metrics-" + Guid.NewGuid().ToString("N");
        gateway.Upstream.Script(r => r.Text.Contains(marker), Streams.Opening(false).Closing(false));
        using var response = await gateway.SendAsync(TestGateway.Messages("translated/model", true, marker));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsStringAsync();

        // Other gateways run in this process: ours is the one of this model at this provider.
        var mine = seen.Where(m => m.Tags.Contains("gen_ai.request.model=translated/model") && m.Tags.Contains("gen_ai.provider.name=openai")).ToList();
        foreach (var (name, value, tag) in new[]
                 {
                     ("gen_ai.client.token.usage", 100, "gen_ai.token.type=input"),
                     ("gen_ai.client.token.usage", 20, "gen_ai.token.type=output"),
                     ("gen_ai.client.token.usage", 10, "gen_ai.token.type=cache_read"),
                 })
            Assert.Contains(mine, m => m.Name == name && m.Value == value && m.Tags.Contains(tag));
        foreach (var name in new[] { "gen_ai.server.request.duration", "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token" })
            Assert.Contains(mine, m => m.Name == name && m.Value > 0);
        listener.RecordObservableInstruments();
        Assert.Contains(seen, m => m.Name == "gateway.outbox.pending");
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var parts = new List<string>();
        foreach (var (name, value) in tags)
            parts.Add($"{name}={value}");
        return string.Join(' ', parts);
    }
}
