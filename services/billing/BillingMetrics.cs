using System.Diagnostics.Metrics;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing;

/// <summary>What to alert on: dead letters, unsettled leases, requests without a price.</summary>
internal sealed class BillingMetrics
{
    public const string MeterName = "Gateway.Billing";

    private readonly Counter<long> _events;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unpriced;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _unsettled;
    private readonly Counter<long> _webhookDeliveries;
    private readonly Counter<long> _webhookFailures;
    private readonly Counter<long> _webhookDeadLetters;
    private readonly ObservableGauge<double> _budgets;
    private readonly BudgetGauges _standing = new();
    private long _inProgress;

    public BillingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _events = meter.CreateCounter<long>("gateway.billing.usage_events", "{event}", "Usage events recorded");
        _duplicates = meter.CreateCounter<long>("gateway.billing.duplicate_events", "{event}", "Deliveries of events that had been recorded before");
        _unpriced = meter.CreateCounter<long>("gateway.billing.unpriced_requests", "{request}", "Requests to models without a known price");
        _deadLetters = meter.CreateCounter<long>("gateway.billing.dead_letters", "{event}", "Events that could not be taken");
        _webhookDeliveries = meter.CreateCounter<long>("gateway.webhook.deliveries", "{delivery}", "Deliveries that webhooks have taken");
        _webhookFailures = meter.CreateCounter<long>("gateway.webhook.failures", "{delivery}", "Deliveries that webhooks have not taken, each attempt");
        _webhookDeadLetters = meter.CreateCounter<long>("gateway.webhook.dead_letters", "{delivery}", "Deliveries to webhooks that were given up");
        _unsettled = meter.CreateCounter<long>(
            "gateway.billing.unsettled_leases", "{lease}", "Leases whose money was released because nothing was heard of the holder");
        _budgets = meter.CreateObservableGauge("gateway.budget.amount", _standing.Amounts, null, "Budgets of accounts that are in use on this replica");
        meter.CreateObservableGauge("gateway.budget.spent", _standing.Spent, null, "What of them is spent in their period");
        meter.CreateObservableGauge("gateway.billing.events_in_progress", () => InProgress, "{event}", "Delivered usage events that are not recorded yet");
    }

    /// <summary>Whether anybody looks at budgets.</summary>
    public bool WatchesBudgets => _budgets.Enabled;

    /// <summary>How an account's budget stands; null: it has none, or is not on this replica any more.</summary>
    public void Standing(string account, BudgetStatus? budget) => _standing.Set(account, budget);

    /// <summary>Deliveries that have not been answered yet.</summary>
    public long InProgress => Volatile.Read(ref _inProgress);

    public void Delivered(int events) => Interlocked.Add(ref _inProgress, events);

    public void Answered(int events) => Interlocked.Add(ref _inProgress, -events);

    public void Recorded(UsageEntry entry)
    {
        _events.Add(1);
        if (entry.Row.Currency is null)
            _unpriced.Add(1, new KeyValuePair<string, object?>("model", entry.Row.Model));
    }

    public void Duplicate() => _duplicates.Add(1);

    public void WebhookDelivery(bool taken) => (taken ? _webhookDeliveries : _webhookFailures).Add(1);

    public void WebhookDeadLetter() => _webhookDeadLetters.Add(1);

    public void DeadLetter() => _deadLetters.Add(1);

    public void Unsettled() => _unsettled.Add(1);
}
