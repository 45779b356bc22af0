using System.Globalization;
using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;

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

    private static readonly Names[] Rates = [.. QuotaDimensions.Rates.Select(rate => new Names(rate))];

    /// <summary>Nothing where a ping has sent the headers already.</summary>
    public static void Put(HttpResponse response, ReadOnlySpan<AccountLease> leases)
    {
        if (response.HasStarted)
            return;
        foreach (var names in Rates)
        {
            var least = default(Least);
            foreach (var lease in leases)
            {
                var (status, atHand) = lease.Standing();
                least.Take(status?[names.Rate], atHand[names.Rate]);
            }

            Put(response.Headers, names, least);
        }
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

    private sealed class Names(QuotaDimension rate)
    {
        public QuotaDimension Rate => rate;


        public string Limit { get; } = PrefixOf(rate) + "limit";

        public string Remaining { get; } = PrefixOf(rate) + "remaining";

        public string Reset { get; } = PrefixOf(rate) + "reset";

        private static string PrefixOf(QuotaDimension rate) => $"{Prefix}{rate.Name().Replace('_', '-')}-";
    }
}
