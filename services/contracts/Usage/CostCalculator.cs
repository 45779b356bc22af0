using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Usage;

/// <summary>
/// Tokens times price, in <see cref="decimal"/>: a million small events sum exactly (rule F16). The dimensions are those of public price
/// lists: cache lifetimes, long context, tiers, speed, region, tools by the use (rules F2, F10, F12). All of them are taken from what the
/// provider answered, not from what was asked for.
/// </summary>
public static class CostCalculator
{
    private const decimal Million = 1_000_000m;

    /// <summary>Names of the ordinary tier, speed and region, which every list price is for.</summary>
    private static readonly HashSet<string> Ordinary = new(StringComparer.OrdinalIgnoreCase)
    {
        "standard", "standard_only", "default", "auto", "on_demand", "global", "not_available", "",
    };

    /// <summary>
    /// Null when there is no price for something that was used. Two things need none: caches cost as much as input where the price does not
    /// say, and a tier, speed or region that it does not list as much as the dearest that it does.
    /// </summary>
    public static Cost? Of(TokenUsage usage, Price? price)
    {
        List<string>? assumed = null;
        if (price is null || Tokens(usage, price, ref assumed) is not { } tokens || Factor(usage, price, ref assumed) is not { } factor
            || Requests(usage, price.PerRequest) is not { } requests)
            return null;
        var lifetime = usage.HasWritesOfUnknownLifetime && price.PerMillion.CacheWrite1h is { } oneHour && oneHour != price.PerMillion.CacheWrite5m;
        foreach (var pass in usage.Iterations ?? [])
        {
            if (!pass.IsBesideTheMessage)
                continue;
            if (!pass.HasTheMessagesPrice || Tokens(pass.Usage, price, ref assumed) is not { } more)
                return null;
            tokens += more;
        }

        return new Cost
        {
            Amount = (tokens * factor) + requests,
            Currency = price.Currency,
            Price = price,
            Assumed = assumed,
            AssumedCacheLifetime = lifetime ? true : null,
        };
    }

    private static decimal? Tokens(TokenUsage usage, Price price, ref List<string>? assumed)
    {
        var rates = price.RatesFor(usage.TotalInput);
        decimal sum = 0;
        // Writes without a split count at the 5-minute rate (rule F2).
        var written = usage.CacheWrites;
        var oneHour = Math.Min(usage.CacheWrite1hTokens ?? 0, written);
        return Add(usage.InputTokens, rates.Input, ref sum) && Add(usage.OutputTokens, rates.Output, ref sum)
            && AddCached(usage.CacheReadInputTokens, rates.CacheRead, "cache_read", ref sum, ref assumed)
            && AddCached(oneHour, rates.CacheWrite1h, "cache_write_1h", ref sum, ref assumed)
            && AddCached(written - oneHour, rates.CacheWrite5m, "cache_write_5m", ref sum, ref assumed)
            ? sum / Million
            : null;

        bool AddCached(long? count, decimal? rate, string name, ref decimal sum, ref List<string>? assumed)
        {
            if (count > 0 && rate is null)
                Assume(name, ref assumed);
            return Add(count, rate ?? rates.Input, ref sum);
        }
    }

    private static decimal? Requests(TokenUsage usage, PerRequest? rates)
    {
        decimal sum = 0;
        return Add(usage.WebSearchRequests, rates?.WebSearch, ref sum) && Add(usage.WebFetchRequests, rates?.WebFetch ?? 0, ref sum) ? sum : null;
    }

    private static decimal? Factor(TokenUsage usage, Price price, ref List<string>? assumed)
    {
        decimal factor = 1;
        foreach (var name in (ReadOnlySpan<string?>)[usage.ServiceTier, usage.Speed, usage.InferenceGeo])
        {
            if (name is null)
                continue;
            if (price.Factors?.TryGetValue(name, out var one) == true)
            {
                factor *= one;
            }
            else if (!Ordinary.Contains(name))
            {
                // Discounts say nothing of what costs more.
                if (price.Factors is not { Count: > 0 } known || known.Values.Max() is not (> 1 and var dearest))
                    return null;
                factor *= dearest;
                Assume($"factor:{name}", ref assumed);
            }
        }

        return factor;
    }

    private static void Assume(string what, ref List<string>? assumed)
    {
        if (assumed?.Contains(what) != true)
            (assumed ??= []).Add(what);
    }

    private static bool Add(long? count, decimal? rate, ref decimal sum)
    {
        if (count is null or 0)
            return true;
        if (rate is null)
            return false;
        sum += count.Value * rate.Value;
        return true;
    }
}
