using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>
/// The requests of this process that wait for accounts whose limits have nothing left (<see cref="KeyRecord.QueueSeconds"/>), each with a connection and a
/// body: so many, and no more of one key than its part.
/// </summary>
internal sealed class QuotaQueue : IDisposable
{
    private readonly IngressOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<AccountLease, AccountQueue> _queues = new();
    private readonly Lock _sync = new();
    private readonly Dictionary<string, int> _ofKeys = new(StringComparer.Ordinal);
    private readonly Meter _meter = new("Gateway.Queue");
    private readonly Histogram<double> _seconds;
    private int _waiting;
    private long _tickets;

    public QuotaQueue(IngressOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _meter.CreateObservableGauge("gateway.queue.waiting", () => Waiting, "{request}", "Requests that wait for limits now");
        _seconds = _meter.CreateHistogram<double>("gateway.queue.wait", "s", "How long requests waited for limits, admitted or not");
    }

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>What the first who waits at an account waits for: whoever comes now is behind it. Null when nobody waits.</summary>
    public QuotaRefusal? AheadAt(AccountLease lease) => Waiting > 0 && _queues.TryGetValue(lease, out var queue) ? queue.Ahead : null;

    public AccountQueue Of(AccountLease lease) => _queues.GetOrAdd(lease, static (of, time) => new AccountQueue(of, time), _time);

    /// <summary>A request begins to wait; null where as many do as may.</summary>
    /// <param name="keyId">Its key.</param>
    /// <param name="most">How long it may.</param>
    /// <param name="full">Why it may not, for the client; else null.</param>
    public QueueTicket? TryEnter(string keyId, TimeSpan most, out string? full)
    {
        lock (_sync)
        {
            ref var ofKey = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofKeys, keyId, out _);
            full = ofKey >= _options.KeyQueueRequests ? $"{ofKey} requests of this API key wait for limits already, and no more may."
                : _waiting >= _options.QueueRequests ? $"{_waiting} requests wait for limits already, and no more may."
                : null;
            if (full is null)
            {
                ofKey++;
                _waiting++;
                return new QueueTicket(this, keyId, ++_tickets, most, _time);
            }

            if (ofKey == 0)
                _ofKeys.Remove(keyId);
            return null;
        }
    }

    public void Leave(QueueTicket ticket, bool admitted)
    {
        _seconds.Record(ticket.Waited.TotalSeconds, new KeyValuePair<string, object?>("gateway.queue.admitted", admitted));
        lock (_sync)
        {
            _waiting--;
            if (--CollectionsMarshal.GetValueRefOrNullRef(_ofKeys, ticket.KeyId) == 0)
                _ofKeys.Remove(ticket.KeyId);
        }
    }

    public void Dispose()
    {
        foreach (var queue in _queues.Values)
            queue.Dispose();
        _meter.Dispose();
    }
}
