using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;

namespace Gateway.Ingress.Metering;

/// <summary>
/// What each request used and how long it took, by the names of OpenTelemetry's GenAI conventions, and what waits in the outbox. Taken from
/// the usage event, so that dashboards and bills never tell two stories.
/// </summary>
internal sealed class RequestMetrics : IDisposable
{
    public const string MeterName = "Gateway.Ingress";

    // The buckets the conventions ask for.
    private static readonly InstrumentAdvice<long> TokenBuckets = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576],
    };
    private static readonly InstrumentAdvice<double> SecondBuckets = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _perToken;
    private readonly Counter<long> _unpriced;
    private readonly Counter<long> _voided;
    private readonly Counter<double> _voidedMoney;
    private readonly Counter<double> _money;
    private readonly Counter<double> _keyMoney;
    private readonly Counter<long> _keyRequests;
    private readonly KeyLabels _keys;

    public RequestMetrics(UsageOutbox outbox, OutboxPublisher publisher, Quarantine quarantine, IngressOptions options, TimeProvider time)
    {
        _keys = new KeyLabels(options.MetricsKeys);
        _tokens = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a request, by type", null, TokenBuckets);
        _duration = _meter.CreateHistogram("gen_ai.server.request.duration", "s", "From the request to the end of its answer", null, SecondBuckets);
        _firstToken = _meter.CreateHistogram(
            "gen_ai.server.time_to_first_token", "s", "From the request to the first content of a streamed answer", null, SecondBuckets);
        _perToken = _meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Between the tokens after the first", null, SecondBuckets);
        _unpriced = _meter.CreateCounter<long>("gateway.requests.unpriced", "{request}", "Requests whose cost is unknown");
        _voided = _meter.CreateCounter<long>("gateway.requests.voided", "{request}", "Requests that cost nothing because their client left");
        _voidedMoney = _meter.CreateCounter<double>("gateway.requests.voided.cost", null, "What they would have cost, by currency");
        _money = _meter.CreateCounter<double>("gateway.cost", null, "What requests cost, by model, provider and currency");
        _keyMoney = _meter.CreateCounter<double>("gateway.key.cost", null, "What the requests of a key cost, by currency");
        _keyRequests = _meter.CreateCounter<long>("gateway.key.requests", "{request}", "Requests of a key");
        var age = new OutboxAge(outbox, time);
        _meter.CreateObservableGauge("gateway.outbox.age", age.Look, "s", "How long the oldest usage event waits that is not published yet");
        _meter.CreateObservableGauge("gateway.outbox.pending", () => outbox.Waiting, "{event}", "Usage events that are not published yet");
        _meter.CreateObservableGauge("gateway.outbox.held", () => publisher.Held, "{event}", "Usage events that wait for one of their key before them");
        _meter.CreateObservableGauge("gateway.outbox.unwritten", () => outbox.Unwritten, "{event}", "Usage events in memory, since the disk takes none");
        _meter.CreateObservableGauge("gateway.outbox.quarantined", () => quarantine.Count, "{event}", "Usage events that are set aside");
    }

    public void Record(UsageEvent e)
    {
        if (e.Cost is null)
            _unpriced.Add(1, new KeyValuePair<string, object?>("gen_ai.request.model", e.Model));
        GenAiSpan.Describe(Activity.Current, e);
        RecordMoney(e);
        if (!_duration.Enabled && !_tokens.Enabled)
            return;
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", e.Provider },
            { "gen_ai.request.model", e.Model },
            { "gen_ai.response.model", e.UpstreamModel },
        };
        if (e.Outcome != RequestOutcome.Completed)
            tags.Add("error.type", e.ErrorType ?? "cancelled");
        var seconds = e.LatencyMs / 1000;
        _duration.Record(seconds, tags);
        if (e.TimeToFirstTokenMs is { } first)
        {
            _firstToken.Record(first / 1000, tags);
            if (e.Usage.OutputTokens > 1)
                _perToken.Record((seconds - (first / 1000)) / (e.Usage.OutputTokens.Value - 1), tags);
        }

        Tokens(e.Usage.InputTokens, "input", tags);
        Tokens(e.Usage.OutputTokens, "output", tags);
        Tokens(e.Usage.CacheReadInputTokens, "cache_read", tags);
        Tokens(e.Usage.CacheWrites, "cache_write", tags);
        Tokens(e.Usage.ThinkingTokens, "reasoning", tags);
    }

    /// <summary>A client has left, and its key's policy is that it pays nothing.</summary>
    public void Voided(Cost cost)
    {
        _voided.Add(1);
        _voidedMoney.Add((double)cost.Amount, new KeyValuePair<string, object?>("currency", cost.Currency));
    }

    public void Dispose() => _meter.Dispose();

    private void RecordMoney(UsageEvent e)
    {
        if (e.Cost is { } cost && _money.Enabled)
        {
            _money.Add((double)cost.Amount, new TagList
            {
                { "gen_ai.request.model", e.Model }, { "gen_ai.provider.name", e.Provider }, { "currency", cost.Currency },
            });
        }

        if (!_keyRequests.Enabled)
            return;
        var key = new KeyValuePair<string, object?>("gateway.key", _keys.Of(e.KeyId));
        _keyRequests.Add(1, key);
        if (e.Cost is { } ofKey)
            _keyMoney.Add((double)ofKey.Amount, key, new KeyValuePair<string, object?>("currency", ofKey.Currency));
    }

    private void Tokens(long? count, string type, TagList tags)
    {
        if (count is not > 0)
            return;
        tags.Add("gen_ai.token.type", type);
        _tokens.Record(count.Value, tags);
    }
}
