using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>One request that waits: at one account at a time, the one that refused it last. It tries again when it has the turn there.</summary>
internal sealed class QueueTicket(QuotaQueue queue, string keyId, long number, TimeSpan most, TimeProvider time) : IDisposable
{
    private readonly long _entered = time.GetTimestamp();
    private TaskCompletionSource _turn = NewTurn();
    private bool _admitted;

    public string KeyId => keyId;

    /// <summary>Grows in the order in which requests come.</summary>
    public long Number => number;

    /// <summary>Where it waits, or tries; null before it does.</summary>
    public AccountQueue? At { get; private set; }

    /// <summary>What it was refused there.</summary>
    public QuotaRefusal? Refusal { get; set; }

    /// <summary>A time stamp of the queue's clock: from then on it is worth another try.</summary>
    public long Due { get; set; }

    public TimeSpan Waited => time.GetElapsedTime(_entered);

    /// <summary>How long it still may.</summary>
    public TimeSpan Left => most - Waited;

    /// <summary>Waits at the account that has refused it, in its place among those who do.</summary>
    /// <param name="lease">This process's share of the account.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="isBehind">It was not asked: others wait there.</param>
    public void WaitAt(AccountLease lease, QuotaRefusal refusal, bool isBehind)
    {
        var next = queue.Of(lease);
        _turn = NewTurn();
        if (At != next)
            At?.Leave(this, served: false);
        At = next;
        next.Join(this, refusal, isBehind);
    }

    /// <summary>True when it is its turn, false when it has waited for as long as it may.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<bool> TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _turn.Task.WaitAsync(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void GiveTurn() => _turn.TrySetResult();

    /// <summary>It has a place everywhere.</summary>
    public void Admitted() => _admitted = true;

    /// <summary>Leaves; the next have the turn.</summary>
    public void Dispose()
    {
        At?.Leave(this, _admitted);
        queue.Leave(this, _admitted);
    }

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
