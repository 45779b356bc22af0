namespace Gateway.Contracts.Catalog;

/// <summary>Compares the prices of two catalogs, of which one is in force.</summary>
public static class PriceChanges
{
    /// <summary>
    /// Of what a name leads to, over all its routes what weighs most. A route there was not before is compared with the first there was. For a pattern any
    /// name that it means will do.
    /// </summary>
    public static PriceChange Of(ModelCatalog inForce, ModelCatalog next, string name)
    {
        name = NamePattern.ExampleOf(name);
        if (inForce.Find(name, out _) is not { } before || next.Find(name, out _) is not { } after)
            return PriceChange.None;
        var known = inForce.RoutesOf(before).InOrder;
        return known.Count == 0
            ? PriceChange.None
            : next.RoutesOf(after).InOrder
                .Select(route => Of((known.FirstOrDefault(k => IsSame(k.Entry, route.Entry)) ?? known[0]).Price, route.Price))
                .Prepend(PriceChange.None).Max();
    }

    public static PriceChange Of(Price? before, Price? after)
    {
        if (before is null)
            return PriceChange.None;
        if (after is null || after.Currency != before.Currency || PriceGaps.Of(after).Except(PriceGaps.Of(before)).Any(gap => IsOfStepIn(before, gap)))
            return PriceChange.Lost;
        var isLower = IsLower(before.PerMillion, after.PerMillion)
            || before.PerRequest?.WebSearch > after.PerRequest?.WebSearch || before.PerRequest?.WebFetch > (after.PerRequest?.WebFetch ?? 0)
            || (before.Factors ?? new Dictionary<string, decimal>()).Any(f => (after.Factors?.GetValueOrDefault(f.Key) ?? 0) < f.Value)
            || IsLower(before.PerMillion, before.LongContext, after.LongContext);
        return isLower ? PriceChange.Lower : PriceChange.None;
    }

    private static bool IsSame(RouteEntry one, RouteEntry other) => one.Provider == other.Provider && one.Model == other.Model;

    /// <summary>What a step lacks that there was not before takes nothing away: it is of rates for which there were none.</summary>
    private static bool IsOfStepIn(Price price, string gap)
    {
        const string Step = "longContext.";
        var large = price.LongContext;
        while (gap.StartsWith(Step, StringComparison.Ordinal))
        {
            if (large is null)
                return false;
            (large, gap) = (large.Longer, gap[Step.Length..]);
        }

        return true;
    }

    /// <summary>Step by step; where there was none, against the rates that went on.</summary>
    private static bool IsLower(PerMillion rates, LongContext? before, LongContext? after) => (before, after) switch
    {
        (_, null) => before is not null,
        (null, _) => IsLower(rates, after.PerMillion) || IsLower(rates, null, after.Longer),
        _ => after.AboveInputTokens > before.AboveInputTokens || IsLower(before.PerMillion, after.PerMillion)
            || IsLower(before.PerMillion, before.Longer, after.Longer),
    };

    private static bool IsLower(PerMillion before, PerMillion after) =>
        after.Input < before.Input || after.Output < before.Output || after.CacheRead < before.CacheRead
        || after.CacheWrite5m < before.CacheWrite5m || after.CacheWrite1h < before.CacheWrite1h;
}
