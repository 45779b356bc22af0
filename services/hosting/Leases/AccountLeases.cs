using System.Collections.Concurrent;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting.Leases;

/// <summary>This process's leases, one an account, under one lease id; kept alive while in use and given back when idle.</summary>
/// <param name="holder">Whose they are: the service's app id.</param>
/// <param name="actors">Where the accounts are.</param>
/// <param name="counters">Told of each call.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of accounts that cannot be reached.</param>
public sealed partial class AccountLeases(
    string holder, IActorProxyFactory actors, LeaseCounters counters, TimeProvider time, ILogger<AccountLeases> log) : BackgroundService
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
    public string LeaseId { get; } = $"{holder}-{Guid.NewGuid():N}";

    public AccountLease For(string accountId) => _leases.GetOrAdd(accountId, static (id, by) => by.Open(id, WhoseIs(id), null), this);

    /// <param name="accountId">The account.</param>
    /// <param name="who">Whose it is, for a text to the client.</param>
    /// <param name="checkIn">How often the account is asked whether others wait for what is free here; null: as it comes, which may be after seconds.</param>
    public AccountLease For(string accountId, string who, TimeSpan? checkIn = null) =>
        _leases.GetOrAdd(accountId, static (id, made) => made.By.Open(id, made.Who, made.CheckIn), (By: this, Who: who, CheckIn: checkIn));

    private static string WhoseIs(string accountId) => AccountIds.IsTeam(accountId) ? "the team of this API key"
        : AccountIds.IsOrganization(accountId) ? "the organisation of this API key"
        : "this API key";

    private AccountLease Open(string id, string who, TimeSpan? checkIn) =>
        new(id, who, actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account), LeaseId, time, counters, checkIn);

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

    /// <summary>One round: keeps alive, gives back, closes.</summary>
    public Task MaintainAllAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(_leases, options, async (lease, ct) =>
        {
            try
            {
                await lease.Value.MaintainAsync(ct).WaitAsync(Longest, time, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, lease.Key, e);
            }
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await MaintainAllAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(LogLevel.Warning, "The lease in account {AccountId} could not be kept up")]
    private static partial void LogFailed(ILogger logger, string accountId, Exception e);
}
