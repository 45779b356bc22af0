using System.Diagnostics;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Metering;

/// <summary>Turns the end of a request, however it ended, into its one usage event.</summary>
internal sealed class UsageRecorder(UsageOutbox outbox, RequestMetrics metrics, TimeProvider time, ILogger<UsageRecorder> log)
{
    /// <summary>Durable when it returns, where the disk takes it; once per exchange, later calls do nothing.</summary>
    public async ValueTask RecordAsync(Exchange exchange, RequestOutcome outcome, int status, string? errorType)
    {
        if (exchange.Route is null || !exchange.TrySettle())
            return;
        var e = EventOf(exchange, exchange.Route, outcome, status, errorType);
        // Where the disk is full or gone, the answer still goes out: refusing it would not bring the record to it.
        if (!await outbox.AppendAsync(e))
        {
            Log.OutboxHolds(
                log, e.RequestId, e.KeyId, e.Model, e.Provider, e.Usage.InputTokens, e.Usage.CacheWrites, e.Usage.CacheReadInputTokens,
                e.Usage.OutputTokens, e.Cost?.Amount, e.Cost?.Currency);
        }

        exchange.Admission?.Finish(e.Usage, e.Cost);
        metrics.Record(e);
    }

    private UsageEvent EventOf(Exchange exchange, ModelRoute route, RequestOutcome outcome, int status, string? errorType)
    {
        var meter = exchange.Meter;
        // A provider that was asked and has not refused by the time the client leaves has taken the prompt, and asks for it.
        var unanswered = outcome == RequestOutcome.Cancelled && !meter.Started;
        var usage = meter.Settle(new RequestSize(exchange.BodyBytes), accepted: unanswered);
        var cost = CostCalculator.Of(usage, route.Price) ?? exchange.Admission?.AsReserved(route.Price);
        if (unanswered && usage.Estimated && cost is not null)
            cost = cost with { Assumed = [.. cost.Assumed ?? [], "cache_state"] };
        if (outcome == RequestOutcome.Cancelled && exchange.Key.OnDisconnect == DisconnectPolicy.Void && cost is not null)
        {
            metrics.Voided(cost);
            cost = cost with { Amount = 0 };
        }
        return new UsageEvent
        {
            RequestId = exchange.RequestId,
            ParentRequestId = exchange.ParentRequestId,
            Purpose = exchange.Purpose,
            KeyId = exchange.Key.Id,
            Time = time.GetUtcNow(),
            Surface = exchange.Surface,
            RequestedModel = exchange.Envelope.Model,
            Model = exchange.Model.Id,
            Provider = route.Entry.Provider,
            UpstreamModel = route.Entry.Model,
            Stream = exchange.Envelope.Stream,
            Outcome = outcome,
            Status = status,
            ErrorType = errorType,
            StopReason = meter.StopReason,
            MessageId = meter.MessageId,
            UpstreamRequestId = exchange.UpstreamRequestId,
            Usage = usage,
            Cost = cost,
            ProviderCost = meter.ProviderCost,
            LatencyMs = Math.Round(time.GetElapsedTime(exchange.Started).TotalMilliseconds, 2),
            TimeToFirstTokenMs = exchange.FirstToken is { } first ? Math.Round(time.GetElapsedTime(exchange.Started, first).TotalMilliseconds, 2) : null,
            QueuedMs = exchange.Admission?.Queued is { } queued ? Math.Round(queued.TotalMilliseconds, 2) : null,
            Attempts = exchange.Attempts,
            FailedRoutes = exchange.FailedRoutes,
            TraceId = Activity.Current?.TraceId.ToHexString(),
            XRequestId = exchange.XRequestId,
            Accounts = exchange.Admission is { } admission ? admission.AccountsWith(exchange.Key) : exchange.Key.Accounts,
            LeaseId = exchange.Admission?.LeaseId,
            Dropped = meter.Dropped.Count == 0 ? exchange.AllDropped : [.. (exchange.AllDropped ?? []).Union(meter.Dropped)],
            User = exchange.Origin?.User,
            Session = exchange.Origin?.Session,
            Agent = exchange.Origin?.Agent,
            ParentAgent = exchange.Origin?.ParentAgent,
            RequestClass = exchange.Origin?.RequestClass,
            Tags = exchange.Origin?.Tags,
            Metadata = Merge(exchange.Key.Metadata, exchange.Metadata, exchange.ClientTags),
        };
    }

    private static Dictionary<string, string>? Merge(params ReadOnlySpan<IReadOnlyDictionary<string, string>?> sources)
    {
        Dictionary<string, string>? merged = null;
        foreach (var source in sources)
        {
            if (source is null)
                continue;
            foreach (var (name, value) in source)
                (merged ??= [])[name] = value;
        }

        return merged;
    }
}
