using System.Diagnostics.Metrics;
using Gateway.Contracts.Accounts;

namespace Gateway.Hosting.Leases;

/// <summary>How often admission needed a call, and how it went.</summary>
public sealed class LeaseCounters : IDisposable
{
    private readonly Meter _meter = new("Gateway.Quota");
    private readonly Counter<long> _calls;
    private readonly Counter<long> _waits;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _refused;
    private long _called;
    private long _waited;
    private long _waiting;

    public LeaseCounters()
    {
        _calls = _meter.CreateCounter<long>("gateway.lease.calls", "{call}", "Calls to account actors");
        _waits = _meter.CreateCounter<long>("gateway.lease.waits", "{request}", "Requests that had to wait for an account actor");
        _refusals = _meter.CreateCounter<long>("gateway.lease.refusals", "{call}", "Needs that an account could not cover");
        _refused = _meter.CreateCounter<long>("gateway.requests.refused", "{request}", "Requests refused for a limit or a budget, by reason");
        _meter.CreateObservableGauge("gateway.lease.waiting", () => Volatile.Read(ref _waiting), "{request}", "Requests that wait for an account actor now");
    }

    public long Calls => Volatile.Read(ref _called);

    /// <summary>Requests that waited for a call.</summary>
    public long Waits => Volatile.Read(ref _waited);

    public void Called()
    {
        Interlocked.Increment(ref _called);
        _calls.Add(1);
    }

    public void WaitBegins()
    {
        Interlocked.Increment(ref _waited);
        Interlocked.Increment(ref _waiting);
        _waits.Add(1);
    }

    public void WaitEnds() => Interlocked.Decrement(ref _waiting);

    public void Refused(QuotaRefusal refusal) => _refusals.Add(1, new KeyValuePair<string, object?>("gateway.quota.dimension", refusal.Dimension.Name()));

    public void RequestRefused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();
}
