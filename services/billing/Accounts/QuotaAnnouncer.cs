using System.Collections.Concurrent;
using System.Threading.Channels;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Billing.Usage;
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
    DaprClient dapr, EventFeed feed, RuleSettingsSource rules, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors,
    ILogger<QuotaAnnouncer> log) : BackgroundService
{
    private const int Attempts = 5;
    private readonly Channel<Func<CancellationToken, Task>> _queue = Channel.CreateBounded<Func<CancellationToken, Task>>(1_000);
    private readonly Channel<(BudgetWarning Warning, IReadOnlyList<string> Accounts)> _warnings =
        Channel.CreateBounded<(BudgetWarning, IReadOnlyList<string>)>(1_000);

    /// <summary>Warnings in the queue or under way: an account gives them with each of its calls.</summary>
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <param name="accounts">The account, and the groups that it is in.</param>
    /// <param name="refusal">What was refused.</param>
    /// <param name="time">When.</param>
    public void Announce(IReadOnlyList<string> accounts, QuotaRefusal refusal, DateTimeOffset time) =>
        Queue(
            accounts,
            async () => new QuotaExceeded { AccountId = accounts[0], Rule = await rules.CountedAsync(accounts[0]), Time = time, Refusal = refusal },
            EventTypes.QuotaExceeded,
            time);

    public void Announce(IReadOnlyList<string> accounts, RequestsRefused refused) =>
        Queue(accounts, () => Task.FromResult(refused), EventTypes.RequestsRefused, refused.Time);

    private void Queue<T>(IReadOnlyList<string> accounts, Func<Task<T>> data, string type, DateTimeOffset time)
    {
        var id = Guid.NewGuid().ToString();
        if (!_queue.Writer.TryWrite(cancellation => TryPublishAsync(data, id, type, time, accounts, cancellation)))
            Log.NoticeDropped(log, accounts[0]);
    }

    /// <summary>What does not fit is given again.</summary>
    public void Announce(IReadOnlyList<string> accounts, IReadOnlyList<BudgetWarning> warnings)
    {
        foreach (var warning in warnings)
        {
            if (_known.TryAdd(warning.Id, true) && !_warnings.Writer.TryWrite((warning, accounts)))
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
        await foreach (var (warning, accounts) in _warnings.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                var named = async () => warning with { Rule = await rules.CountedAsync(warning.AccountId) };
                if (await TryPublishAsync(named, warning.Id, EventTypes.QuotaWarning, warning.Time, accounts, cancellationToken))
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

    /// <summary>The feed has it before the broker: what is published can be read there.</summary>
    /// <param name="read">The event's data, once what it tells can be asked for.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="type">The event's type.</param>
    /// <param name="time">When it was.</param>
    /// <param name="accounts">Whom it is about.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    private async Task<bool> TryPublishAsync<T>(
        Func<Task<T>> read, string id, string type, DateTimeOffset time, IReadOnlyList<string> accounts, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { ["cloudevent.type"] = type, ["cloudevent.id"] = id };
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                var data = await read();
                if (feed.IsKept)
                    await feed.KeepAsync(Notice.Of(id, type, time, accounts, data));
                await dapr.PublishEventAsync(ComponentNames.PubSub, Topics.Quota, data, metadata, cancellationToken);
                return true;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.NoticeFailed(log, accounts[0], attempt, e);
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken);
            }
        }

        return false;
    }
}
