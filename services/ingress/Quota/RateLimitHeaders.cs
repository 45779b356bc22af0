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

    private static readonly Names Requests = new("requests");
    private static readonly Names InputTokens = new("input-tokens");
    private static readonly Names OutputTokens = new("output-tokens");

    public static void Put(HttpResponse response, ReadOnlySpan<AccountLease> leases)
    {
        var requests = default(Least);
        var input = default(Least);
        var output = default(Least);
        foreach (var lease in leases)
        {
            var (status, freeRequests, freeInput, freeOutput) = lease.Look();
            requests.Take(status?.Requests, freeRequests);
            input.Take(status?.InputTokens, freeInput);
            output.Take(status?.OutputTokens, freeOutput);
        }

        Put(response.Headers, Requests, requests);
        Put(response.Headers, InputTokens, input);
        Put(response.Headers, OutputTokens, output);
    }

    private static void Put(IHeaderDictionary headers, Names names, Least least)
    {
        if (least.Of is not { } status)
            return;
        headers[names.Limit] = status.Limit.ToString(CultureInfo.InvariantCulture);
        headers[names.Remaining] = least.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[names.Reset] = status.ResetsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private struct Least
    {
        public RateStatus? Of;
        public long Remaining;

        public void Take(RateStatus? limit, long atHand)
        {
            if (limit is null)
                return;
            var left = Math.Clamp(limit.Remaining + atHand, 0, limit.Limit);
            if (Of is null || left < Remaining)
                (Of, Remaining) = (limit, left);
        }
    }

    private sealed class Names(string kind)
    {
        public string Limit { get; } = $"{Prefix}{kind}-limit";

        public string Remaining { get; } = $"{Prefix}{kind}-remaining";

        public string Reset { get; } = $"{Prefix}{kind}-reset";
    }
}
