using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Hosting.Leases;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// The places at providers with a <c>maxConcurrency</c>. They are leased from the provider's account, as ingress leases the limits of keys, so that all
/// adapters together have no more of them than there are.
/// <para>
/// Where the account cannot be reached an adapter goes on with that many of its own, and the account hears of them later: the number is there to spare the
/// provider, and to refuse all calls would not.
/// </para>
/// </summary>
internal sealed class ProviderPlaces(AccountLeases leases, TimeProvider time, ILogger<ProviderPlaces> log)
{
    private static readonly Allowance One = new() { Slots = 1 };

    /// <summary>A call that no place is found for goes to another provider, or back to its client: what others have free here must come back soon.</summary>
    private static readonly TimeSpan CheckIn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(2);

    /// <summary>How long an account that could not be reached is not waited for again.</summary>
    private static readonly TimeSpan AwayFor = TimeSpan.FromSeconds(5);
    private long _awayUntil;

    /// <summary>A place for one call; free again when disposed.</summary>
    /// <exception cref="GatewayException">There is none.</exception>
    public async ValueTask<Place> TakeAsync(Upstream upstream, CancellationToken cancellationToken)
    {
        if (!upstream.TryStart())
            throw Full(upstream);
        if (upstream.Entry.MaxConcurrency is null)
            return new(upstream, null, default);
        try
        {
            var lease = leases.For(upstream.AccountId, $"provider {upstream.Name}", CheckIn);
            return new(upstream, lease, lease.TryTake(One) ?? await AskAsync(lease, cancellationToken));
        }
        catch (Exception e)
        {
            upstream.Finish();
            if (e is QuotaRefusedException)
                throw Full(upstream);
            throw;
        }
    }

    private async ValueTask<Reservation> AskAsync(AccountLease lease, CancellationToken cancellationToken)
    {
        if (time.GetTimestamp() < Volatile.Read(ref _awayUntil))
            return lease.TakeUnasked(One.Slots);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestAsk);
        try
        {
            return await lease.TakeAsync(One, limit.Token);
        }
        catch (Exception e) when (e is not QuotaRefusedException && !cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _awayUntil, time.GetTimestamp() + (long)(AwayFor.TotalSeconds * time.TimestampFrequency));
            Log.PlacesUnshared(log, lease.Who, e.Message);
            return lease.TakeUnasked(One.Slots);
        }
    }

    private static GatewayException Full(Upstream upstream) => new(
        ErrorKind.ProviderOverloaded,
        $"Provider '{upstream.Name}' already has {upstream.Entry.MaxConcurrency} calls in progress, its limit here. Try again shortly.")
    {
        RetryAfterSeconds = 1,
    };

    /// <summary>One call's place; the default is none.</summary>
    public readonly struct Place(Upstream? upstream, AccountLease? lease, Reservation reservation) : IDisposable
    {
        public void Dispose()
        {
            lease?.GiveBack(reservation, default);
            upstream?.Finish();
        }
    }
}
