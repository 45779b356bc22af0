using System.Collections.Concurrent;
using System.Threading.Channels;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Publishes what the topic <c>quota</c> is for, beside the accounts' turns, so that a slow broker keeps no request waiting.
/// <c>gateway.quota.exceeded.v1</c>, once for each account and budget period, and <c>gateway.requests.refused.v1</c> are notices: one lost in a crash can be
/// read from the account.
/// <c>gateway.quota.warning.v1</c> is not lost: its account gives it again until it is told that the broker has it.
/// </summary>
internal sealed class QuotaAnnouncer(
    DaprClient dapr, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, ILogger<QuotaAnnouncer> log) : BackgroundService
{
    private const int Attempts = 5;
    private readonly Channel<Func<CancellationToken, Task>> _queue = Channel.CreateBounded<Func<CancellationToken, Task>>(1_000);
    private readonly Channel<BudgetWarning> _warnings = Channel.CreateBounded<BudgetWarning>(1_000);

    /// <summary>Warnings in the queue or under way: an account gives them with each of its calls.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public void Announce(string accountId, QuotaRefusal refusal, DateTimeOffset time) =>
        Queue(accountId, new QuotaExceeded { AccountId = accountId, Time = time, Refusal = refusal }, EventTypes.QuotaExceeded);

    public void Announce(RequestsRefused refused) => Queue(refused.AccountId, refused, EventTypes.RequestsRefused);

    private void Queue<T>(string accountId, T notice, string type)
    {
        var metadata = new Dictionary<string, string> { ["cloudevent.type"] = type };
        if (!_queue.Writer.TryWrite(cancellation => TryPublishAsync(notice, accountId, metadata, cancellation)))
            Log.NoticeDropped(log, accountId);
    }

    /// <summary>What does not fit is given again.</summary>
    public void Announce(IReadOnlyList<BudgetWarning> warnings)
    {
        foreach (var warning in warnings)
        {
            if (_known.TryAdd(warning.Id, true) && !_warnings.Writer.TryWrite(warning))
                _known.TryRemove(warning.Id, out _);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(SendNoticesAsync(stoppingToken), SendWarningsAsync(stoppingToken));

    private async Task SendNoticesAsync(CancellationToken cancellationToken)
    {
        await foreach (var send in _queue.Reader.ReadAllAsync(cancellationToken))
            await send(cancellationToken);
    }

    private async Task SendWarningsAsync(CancellationToken cancellationToken)
    {
        await foreach (var warning in _warnings.Reader.ReadAllAsync(cancellationToken))
        {
            var metadata = new Dictionary<string, string> { ["cloudevent.type"] = EventTypes.QuotaWarning, ["cloudevent.id"] = warning.Id };
            try
            {
                if (await TryPublishAsync(warning, warning.AccountId, metadata, cancellationToken))
                    await actors.CreateActorProxy<IAccountActor>(new ActorId(warning.AccountId), ActorTypes.Account)
                        .ForgetWarningsAsync(new WarningsSent { Ids = [warning.Id] });
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // It comes again, and whoever has had it knows it by its id.
                Log.NoticeFailed(log, warning.AccountId, 1, e);
            }
            finally
            {
                _known.TryRemove(warning.Id, out _);
            }
        }
    }

    private async Task<bool> TryPublishAsync<T>(T notice, string account, Dictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                await dapr.PublishEventAsync(ComponentNames.PubSub, Topics.Quota, notice, metadata, cancellationToken);
                return true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.NoticeFailed(log, account, attempt, e);
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken);
            }
        }

        return false;
    }
}
