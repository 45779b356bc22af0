namespace Gateway.Contracts.Catalog;

/// <summary>What a price does not say, by the names of its members. None of it is a mistake: there is a rule for each.</summary>
public static class PriceGaps
{
    /// <summary><c>price</c> where there is none; else the members that are missing in it.</summary>
    public static IReadOnlyList<string> Of(Price? price)
    {
        if (price is null)
            return ["price"];
        var gaps = new List<string>();
        Add("perMillion", price.PerMillion);
        var path = "longContext";
        for (var step = price.LongContext; step is not null; step = step.Longer)
        {
            Add($"{path}.perMillion", step.PerMillion);
            path += ".longContext";
        }

        if (price.PerRequest?.WebSearch is null)
            gaps.Add("perRequest.webSearch");
        if (price.Factors is null or { Count: 0 })
            gaps.Add("factors");
        return gaps;

        void Add(string path, PerMillion rates)
        {
            foreach (var (name, rate) in (ReadOnlySpan<(string, decimal?)>)
                [
                    ("input", rates.Input), ("output", rates.Output), ("cacheRead", rates.CacheRead), ("cacheWrite5m", rates.CacheWrite5m),
                    ("cacheWrite1h", rates.CacheWrite1h),
                ])
            {
                if (rate is null)
                    gaps.Add($"{path}.{name}");
            }
        }
    }
}
