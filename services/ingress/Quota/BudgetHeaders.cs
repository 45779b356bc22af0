using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>
/// <c>anthropic-ratelimit-unified-*</c>: how a key's budget stands, in the form that Anthropic's own gateway tells it to Claude Code, which warns
/// by it. Where several accounts have a budget, the one that is used most.
/// </summary>
internal static class BudgetHeaders
{
    private const string Prefix = RateLimitHeaders.Prefix + "unified-";
    private const string Status = Prefix + "status";
    private const string Reset = Prefix + "reset";
    private const string OverageStatus = Prefix + "overage-status";
    private const string OverageReset = Prefix + "overage-reset";
    private const string Utilization = Prefix + "overage-utilization";
    private const string Surpassed = Prefix + "overage-surpassed-threshold";

    private static readonly Func<object, Task> PutIfOk = static state =>
    {
        var (response, leases) = ((HttpResponse, AccountLease[]))state;
        // On an error of another kind they would read as its reason.
        if (response.StatusCode == StatusCodes.Status200OK && MostUsed(leases) is { } standing)
            Put(response.Headers, standing);
        return Task.CompletedTask;
    };

    /// <summary>With the headers of the answer, if that is a 200. Nothing happens where no account has a budget.</summary>
    public static void PutOnSuccess(HttpResponse response, AccountLease[] leases)
    {
        if (!response.HasStarted && Array.Exists(leases, static lease => lease.Status?.Budget is not null))
            response.OnStarting(PutIfOk, (response, leases));
    }

    /// <summary>On a refusal. Without a claim and an overage status: with those the client writes a text of its own over the error's.</summary>
    /// <param name="response">The client's.</param>
    /// <param name="refusal">Of the budget.</param>
    /// <param name="standing">Of the account that refused, as far as it is known.</param>
    public static void PutRefusal(HttpResponse response, QuotaRefusal refusal, BudgetStanding? standing)
    {
        if (response.HasStarted)
            return;
        var headers = response.Headers;
        headers[Status] = "rejected";
        headers[Utilization] = BudgetStanding.Text(Math.Max(1, standing?.Used ?? 1));
        headers[Surpassed] = "1";
        headers[Prefix + "overage-disabled-reason"] = "org_spend_cap_reached";
        if (BudgetStanding.ResetOf(refusal.ResetsAt) is { } reset)
            headers[Reset] = headers[OverageReset] = reset;
        if (refusal.Period?.Name() is { } period)
            headers[Prefix + "overage-period"] = period;
        if (AccountIds.IsSum(refusal.AccountId))
            headers[Prefix + "overage-scope"] = "group_pool";
    }

    private static void Put(IHeaderDictionary headers, BudgetStanding standing)
    {
        headers[Status] = headers[OverageStatus] = standing.Status;
        headers[Prefix + "representative-claim"] = "overage";
        headers[Utilization] = standing.Utilization;
        if (standing.Surpassed is { } threshold)
            headers[Surpassed] = threshold;
        if (standing.Reset is { } reset)
            headers[Reset] = headers[OverageReset] = reset;
    }

    private static BudgetStanding? MostUsed(AccountLease[] leases)
    {
        BudgetStanding? most = null;
        foreach (var lease in leases)
        {
            if (BudgetStanding.Of(lease.Status) is { } budget && !(most?.Used >= budget.Used))
                most = budget;
        }

        return most;
    }
}
