using System.Threading.Channels;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Publishes <c>gateway.quota.exceeded.v1</c>, once for each account and budget period. Beside the accounts' turns, so that a slow broker
/// keeps no request waiting; unlike usage it is a notice, and one lost in a crash can be read from the account.
/// </summary>
internal sealed class QuotaAnnouncer(DaprClient dapr, ILogger<QuotaAnnouncer> log) : BackgroundService
{
    private const int Attempts = 5;
    private readonly Channel<QuotaExceeded> _queue = Channel.CreateBounded<QuotaExceeded>(1_000);

    public void Announce(string accountId, QuotaRefusal refusal, DateTimeOffset time)
    {
        var notice = new QuotaExceeded { AccountId = accountId, Time = time, Refusal = refusal };
        if (!_queue.Writer.TryWrite(notice))
            Log.NoticeDropped(log, accountId);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var notice in _queue.Reader.ReadAllAsync(stoppingToken))
            await PublishAsync(notice, stoppingToken);
    }

    private async Task PublishAsync(QuotaExceeded notice, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { ["cloudevent.type"] = EventTypes.QuotaExceeded };
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                await dapr.PublishEventAsync(ComponentNames.PubSub, Topics.Quota, notice, metadata, cancellationToken);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.NoticeFailed(log, notice.AccountId, attempt, e);
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken);
            }
        }
    }
}
