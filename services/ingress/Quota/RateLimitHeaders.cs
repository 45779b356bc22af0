using System.Globalization;
using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Quota;

/// <summary>
/// <c>anthropic-ratelimit-*</c> of our own limits (rule F34), in Anthropic's units. Where several accounts limit a key, of each kind the
/// one with the least left.
/// </summary>
internal static class RateLimitHeaders
{
    public const string Prefix = "anthropic-ratelimit-";

    /// <summary>Under this prefix go the provider's own, which tell of the gateway's account there and not of the client's.</summary>
    public const string UpstreamPrefix = "gateway-upstream-ratelimit-";

    public static void Put(HttpResponse response, IReadOnlyCollection<AccountLease> leases)
    {
        Put(response, leases, "requests", s => s.Requests, l => l.Requests);
        Put(response, leases, "input-tokens", s => s.InputTokens, l => l.InputTokens);
        Put(response, leases, "output-tokens", s => s.OutputTokens, l => l.OutputTokens);
    }

    private static void Put(HttpResponse response, IReadOnlyCollection<AccountLease> leases, string kind, Func<AccountStatus, RateStatus?> rate, Func<(long Requests, long InputTokens, long OutputTokens), long> atHand)
    {
        RateStatus? least = null;
        long remaining = long.MaxValue;
        foreach (var lease in leases)
        {
            var (status, requests, input, output) = lease.Look();
            if (status is null || rate(status) is not { } limit)
                continue;
            var left = Math.Clamp(limit.Remaining + atHand((requests, input, output)), 0, limit.Limit);
            if (left < remaining)
                (least, remaining) = (limit, left);
        }

        if (least is null)
            return;
        var headers = response.Headers;
        headers[$"{Prefix}{kind}-limit"] = least.Limit.ToString(CultureInfo.InvariantCulture);
        headers[$"{Prefix}{kind}-remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        headers[$"{Prefix}{kind}-reset"] = least.ResetsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }
}
