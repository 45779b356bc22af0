using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Puts refusals of an account together: the first is told at once, and what comes within the interval after a notice in one when that is over. So a flood
/// of refused requests is no flood of notices.
/// </summary>
/// <param name="account">The account.</param>
/// <param name="told">Its refusals so far, of which nothing is to be told.</param>
/// <param name="tell">Takes a notice, without waiting.</param>
/// <param name="interval">Between two notices.</param>
internal sealed class RefusedNotices(
    string account, IReadOnlyDictionary<string, long> told, Action<RequestsRefused> tell, TimeProvider time, TimeSpan interval)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _sync = new();
    private IReadOnlyDictionary<string, long> _told = told;
    private IReadOnlyDictionary<string, long>? _totals;
    private bool _running;

    /// <param name="totals">The account's refusals now; a copy, which nobody changes any more.</param>
    public void Add(IReadOnlyDictionary<string, long> totals)
    {
        lock (_sync)
        {
            _totals = totals;
            if (_running)
                return;
            _running = true;
        }

        _ = TellAsync();
    }

    private async Task TellAsync()
    {
        while (Take() is { } notice)
        {
            tell(notice);
            await Task.Delay(interval);
        }
    }

    /// <summary>Null when there is nothing to tell any more.</summary>
    private RequestsRefused? Take()
    {
        lock (_sync)
        {
            var totals = _totals ?? _told;
            _totals = null;
            var since = totals
                .Select(total => (Reason: total.Key, Count: total.Value - _told.GetValueOrDefault(total.Key)))
                .Where(refused => refused.Count > 0)
                .ToDictionary(refused => refused.Reason, refused => refused.Count);
            _told = totals;
            _running = since.Count > 0;
            return _running ? new() { AccountId = account, Time = time.GetUtcNow(), Refused = since, Totals = totals } : null;
        }
    }
}
