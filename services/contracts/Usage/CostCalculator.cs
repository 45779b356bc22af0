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

    /// <summary>Null when there is no price for something that was used.</summary>
    public static Cost? Of(TokenUsage usage, Price? price)
    {
        if (price is null || Tokens(usage, price) is not { } tokens || Factor(usage, price) is not { } factor
            || Requests(usage, price.PerRequest) is not { } requests)
            return null;
        var assumed = usage.HasWritesOfUnknownLifetime && price.PerMillion.CacheWrite1h is { } oneHour && oneHour != price.PerMillion.CacheWrite5m;
        foreach (var pass in usage.Iterations ?? [])
        {
            if (!pass.IsBesideTheMessage)
                continue;
            if (!pass.HasTheMessagesPrice || Tokens(pass.Usage, price) is not { } more)
                return null;
            tokens += more;
        }

        return new Cost { Amount = (tokens * factor) + requests, Currency = price.Currency, Price = price, AssumedCacheLifetime = assumed ? true : null };
    }

    private static decimal? Tokens(TokenUsage usage, Price price)
    {
        var rates = price.LongContext is { } large && usage.TotalInput > large.AboveInputTokens ? large.PerMillion : price.PerMillion;
        decimal sum = 0;
        // Writes without a split count at the 5-minute rate (rule F2).
        var written = usage.CacheWrites;
        var oneHour = Math.Min(usage.CacheWrite1hTokens ?? 0, written);
        return Add(usage.InputTokens, rates.Input, ref sum)
            && Add(usage.OutputTokens, rates.Output, ref sum) && Add(usage.CacheReadInputTokens, rates.CacheRead, ref sum) &&
               Add(oneHour, rates.CacheWrite1h, ref sum) && Add(written - oneHour, rates.CacheWrite5m, ref sum)
            ? sum / Million
            : null;
    }

    private static decimal? Requests(TokenUsage usage, PerRequest? rates)
    {
        decimal sum = 0;
        return Add(usage.WebSearchRequests, rates?.WebSearch, ref sum) && Add(usage.WebFetchRequests, rates?.WebFetch ?? 0, ref sum) ? sum : null;
    }

    private static decimal? Factor(TokenUsage usage, Price price)
    {
        decimal factor = 1;
        foreach (var name in (ReadOnlySpan<string?>)[usage.ServiceTier, usage.Speed, usage.InferenceGeo])
        {
            if (name is null)
                continue;
            if (price.Factors?.TryGetValue(name, out var one) == true)
                factor *= one;
            else if (!Ordinary.Contains(name))
                return null;
        }

        return factor;
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
