using System.Collections.Concurrent;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Quota;

/// <summary>This process's leases, one an account, under one lease id; kept alive while in use and given back when idle.</summary>
internal sealed class AccountLeases(
    [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, LeaseCounters counters, TimeProvider time, ILogger<AccountLeases> log)
    : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastReturn = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a round waits for one account. A call that takes longer goes on beside it: the other leases must not lapse over one account that
    /// hangs.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, AccountLease> _leases = new(StringComparer.Ordinal);
    /// <summary>New with each start: what a process that died held is another lease.</summary>
    public string LeaseId { get; } = $"ingress-{Guid.NewGuid():N}";

    public AccountLease For(string accountId) =>
        _leases.GetOrAdd(accountId, id =>
            new AccountLease(id, actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account), LeaseId, time, counters));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastReturn);
        try
        {
            await Parallel.ForEachAsync(_leases.Values, limit.Token, async (lease, ct) => await lease.CloseAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // The accounts free the leases when their lifetime ends.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (var lease in _leases.Values)
            lease.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = stoppingToken };
                await Parallel.ForEachAsync(_leases, options, async (lease, ct) =>
                {
                    try
                    {
                        await lease.Value.MaintainAsync(ct).WaitAsync(Longest, time, ct);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        Log.LeaseFailed(log, lease.Key, e);
                    }
                });
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
