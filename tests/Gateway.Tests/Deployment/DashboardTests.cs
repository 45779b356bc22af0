using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Deployment;

/// <summary>
/// A panel over a metric that nobody measures stays empty in silence. So the panels are held against what the running services offer to the
/// exporter: each instrument's name as Prometheus spells it, and the tags it was seen with.
/// </summary>
public partial class DashboardTests
{
    /// <summary>Given by the scrape, not by the instruments.</summary>
    private static readonly string[] ScrapeLabels = ["job", "instance", "le"];

    private static readonly JsonElement Dashboard = JsonDocument.Parse(
        File.ReadAllBytes(RepositoryFiles.Path("k8s", "grafana", "llm-gateway.json"))).RootElement;

    [Fact]
    public async Task Every_metric_and_label_of_a_panel_is_one_that_is_measured()
    {
        var instruments = new ConcurrentDictionary<string, Instrument>();
        var tags = new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (
                !Telemetry.Meters.Any(
                    m => m == instrument.Meter.Name || (m.EndsWith('*') && instrument.Meter.Name.StartsWith(m[..^1], StringComparison.Ordinal))))
                return;
            instruments[instrument.Name] = instrument;
            l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((i, _, t, _) => Seen(i, t));
        listener.SetMeasurementEventCallback<long>((i, _, t, _) => Seen(i, t));
        listener.SetMeasurementEventCallback<double>((i, _, t, _) => Seen(i, t));
        listener.Start();
        await using (var gateway = await TestGateway.StartAsync())
        {
            await UseAsync(gateway);
            listener.RecordObservableInstruments();
        }

        var offered = instruments.Values.SelectMany(
            i => PrometheusNames(i).Select(n => (Name: n, Instrument: i.Name))).ToLookup(n => n.Name, n => n.Instrument);
        foreach (var expression in Expressions())
        {
            var metrics = Selector()
                .Matches(Labels().Replace(expression, "")).Select(m => m.Value)
                .Where(w => w.Contains('_') && !w.Contains("quantile", StringComparison.Ordinal)).Distinct().ToList();
            Assert.NotEmpty(metrics);
            Assert.All(metrics, m => Assert.True(offered.Contains(m), $"nothing measures {m} of {expression}"));
            var known = metrics.SelectMany(m => offered[m])
                .SelectMany(i => tags.TryGetValue(i, out var t) ? t.Keys : []).Select(Spelt).Concat(ScrapeLabels).ToHashSet();
            var used = Labels().Matches(expression).SelectMany(m => Word().Matches(m.Value).Select(w => w.Groups[1].Value)).Where(w => w is not "by");
            Assert.All(
                used,
                label =>
                    Assert.True(known.Contains(label), $"{label} of {expression} is no label of {string.Join(", ", metrics)}: {string.Join(", ", known)}"));
        }

        // The other way round: what the gateway measures itself, somebody can see.
        var shown = string.Join('\n', Expressions());
        Assert.All(
            instruments.Values.Where(i => i.Meter.Name.StartsWith(Telemetry.Prefix, StringComparison.Ordinal)),
            i => Assert.True(PrometheusNames(i).Any(n => shown.Contains(n, StringComparison.Ordinal)), $"no panel shows {i.Name}"));

        void Seen(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> measured)
        {
            var names = tags.GetOrAdd(instrument.Name, _ => new());
            foreach (var (name, _) in measured)
                names[name] = true;
        }
    }

    [Fact]
    public void Panels_have_ids_places_and_queries_of_their_own()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        var places = panels.SelectMany(Cells).ToList();
        Assert.Equal(places.Count, places.Distinct().Count());
        Assert.All(panels.Where(p => p.GetProperty("type").GetString() != "row"), p => Assert.NotEmpty(p.GetProperty("targets").EnumerateArray()));
        Assert.NotEmpty(Expressions());
    }

    /// <summary>One request of each kind that the labels tell apart.</summary>
    private static async Task UseAsync(TestGateway gateway)
    {
        var (id, key) = await gateway.CreateKeyAsync(new { limits = new { requestsPerMinute = 3 }, budget = new { amount = 5, enforcement = "soft" } });
        foreach (var (model, expected) in new[] { ("native/model-4.5", 200), ("native/unpriced", 200), ("native/unreachable", 503), ("native/model-4.5", 429) })
        {
            using var response = await gateway.SendAsync(TestGateway.Messages(model, true, key: key));
            await response.Content.ReadAsStringAsync();
            Assert.True(expected == (int)response.StatusCode || expected == 503, $"{model}: {response.StatusCode}");
        }

        await gateway.UsageAsync(id, 3);
        await VoidAsync(gateway);
    }

    /// <summary>A client that leaves, with a key that then pays nothing.</summary>
    private static async Task VoidAsync(TestGateway gateway)
    {
        var (id, key) = await gateway.CreateKeyAsync(new { onDisconnect = "void" });
        var gate = new Gate();
        gateway.Upstream.Script(r => r.Text.Contains(id), Streams.Opening(true).At(gate).Closing(true));
        using (var response = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", true, id, key)))
        {
            using var events = await ClientStream.OpenAsync(response);
            await events.NextAsync();
        }

        await gateway.UsageAsync(id, 1);
        gate.Release();
    }

    /// <summary>As the OpenTelemetry specification translates to Prometheus: dots, the unit, and what the kind adds.</summary>
    private static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            null or "" => "",
            ['{', ..] => "",
            var other => throw new NotSupportedException($"the unit {other} of {instrument.Name}"),
        };
        var name = Spelt(instrument.Name);
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        var kind = instrument.GetType().Name;
        if (kind.StartsWith("Histogram", StringComparison.Ordinal))
            return [name + "_bucket", name + "_sum", name + "_count"];
        return
        [
            kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? name + "_total" : name,
        ];
    }

    private static string Spelt(string name) => name.Replace('.', '_');

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        var (x, y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
        return from dx in Enumerable.Range(0, place.GetProperty("w").GetInt32())
               from dy in Enumerable.Range(0, place.GetProperty("h").GetInt32())
               select (x + dx, y + dy);
    }

    private static IReadOnlyList<string> Expressions() =>
        [
            .. Dashboard.GetProperty("panels")
                .EnumerateArray().Where(p => p.TryGetProperty("targets", out _))
                .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
            .. AlertExpression().Matches(File.ReadAllText(RepositoryFiles.Path("k8s", "options", "alerts", "alerts.yaml"))).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"^ +expr: (.+)$", RegexOptions.Multiline)]
    private static partial Regex AlertExpression();

    /// <summary>Where labels stand: in braces and after <c>by</c>; and ranges, which are neither.</summary>
    [GeneratedRegex(@"\{[^}]*\}|\bby \([^)]*\)|\[[^\]]*\]")]
    private static partial Regex Labels();

    [GeneratedRegex(@"(?<![\w$""])([a-z_]\w*)(?=\s*(?:[,)]|=|!))")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[a-z_]\w*")]
    private static partial Regex Selector();
}
