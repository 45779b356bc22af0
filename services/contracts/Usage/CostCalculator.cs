using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Usage;

/// <summary>Tokens times price, in <see cref="decimal"/>: a million small events sum exactly (rule F16).</summary>
public static class CostCalculator
{
    private const decimal Million = 1_000_000m;

    /// <summary>Null when there is no price for something that was used.</summary>
    public static Cost? Of(TokenUsage usage, Price? price)
    {
        if (price is null)
            return null;
        var rates = price.PerMillion;
        decimal sum = 0;
        if (!Add(usage.InputTokens, rates.Input) || !Add(usage.OutputTokens, rates.Output) || !Add(usage.CacheReadInputTokens, rates.CacheRead))
            return null;

        // Writes without a split count at the 5-minute rate (rule F2).
        var written = usage.CacheCreationInputTokens ?? 0;
        var oneHour = Math.Min(usage.CacheWrite1hTokens ?? 0, written);
        if (!Add(oneHour, rates.CacheWrite1h) || !Add(written - oneHour, rates.CacheWrite5m))
            return null;
        return new Cost { Amount = sum / Million, Currency = price.Currency, Price = price };

        bool Add(long? tokens, decimal? rate)
        {
            if (tokens is null or 0)
                return true;
            if (rate is null)
                return false;
            sum += tokens.Value * rate.Value;
            return true;
        }
    }
}
