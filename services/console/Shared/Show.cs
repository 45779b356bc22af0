using System.Globalization;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Shared;

/// <summary>Numbers as people read them, the same on every page.</summary>
public static class Show
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>With its currency; small sums with as many digits as say something.</summary>
    public static string Money(decimal amount, string currency) => (Math.Abs(amount) switch
    {
        0 => "0.00",
        >= 1 => amount.ToString("#,0.00", Culture),
        >= 0.01m => amount.ToString("0.00##", Culture),
        >= 0.000001m => amount.ToString("0.00######", Culture),
        _ => amount > 0 ? "<0.000001" : ">-0.000001",
    }) + " " + currency;

    /// <summary>Unknown is not nothing.</summary>
    public static string Money(decimal? amount, string? currency) => amount is { } known && currency is not null ? Money(known, currency) : "–";

    /// <summary>Several currencies beside each other; there is no sum of them.</summary>
    public static string Money(IReadOnlyDictionary<string, decimal> sums) =>
        sums.Count == 0 ? "–" : string.Join(" + ", sums.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => Money(s.Value, s.Key)));

    public static string Budget(KeyBudget? budget) =>
        budget is null ? "–" : $"{Money(budget.Amount, budget.Currency)} / {budget.Period.ToString().ToLowerInvariant()}";

    /// <summary>In a line: 60 requests, 1.2 M input tokens a minute, 8 at a time.</summary>
    public static string Limits(KeyLimits? limits)
    {
        var rates = new (long? Limit, string Of)[]
        {
            (limits?.RequestsPerMinute, "requests"), (limits?.InputTokensPerMinute, "input tokens"), (limits?.OutputTokensPerMinute, "output tokens"),
            (limits?.TokenCountsPerMinute, "token counts"),
        };
        var aMinute = string.Join(", ", rates.Where(r => r.Limit is not null).Select(r => $"{Brief(r.Limit!.Value)} {r.Of}"));
        var parts = new[] { aMinute.Length > 0 ? aMinute + " a minute" : null, limits?.ConcurrentRequests is { } slots ? $"{Count(slots)} at a time" : null };
        return parts.All(p => p is null) ? "–" : string.Join(", ", parts.Where(p => p is not null));
    }

    /// <summary>Requests by why they were refused: 3 by budget, 1 by requests.</summary>
    public static string Refused(IReadOnlyDictionary<string, long> refused) =>
        refused.Count == 0 ? "none" : string.Join(", ", refused.Select(r => $"{Count(r.Value)} by {r.Key}"));

    /// <summary>What a rule counts: each model, tag project=search.</summary>
    public static string Counted(string by, string? value)
    {
        if (AccessGroups.IsNamedBy(by))
            return $"the models of {by}";
        var tag = by.StartsWith(RuleRecord.ByTagPrefix, StringComparison.Ordinal) ? by[RuleRecord.ByTagPrefix.Length..] : null;
        return (tag, value) switch
        {
            (null, null) => $"each {by}",
            (null, _) => $"{by} {value}",
            (_, null) => $"each value of tag {tag}",
            _ => $"tag {tag}={value}",
        };
    }

    public static string Count(long number) => number.ToString("#,0", Culture);

    /// <summary>Of a large number its first digits: 1.2 M.</summary>
    public static string Brief(decimal number) => Math.Abs(number) switch
    {
        >= 1_000_000_000 => (number / 1_000_000_000).ToString("0.#", Culture) + " G",
        >= 1_000_000 => (number / 1_000_000).ToString("0.#", Culture) + " M",
        >= 10_000 => (number / 1_000).ToString("0.#", Culture) + " k",
        _ => number.ToString("#,0.##", Culture),
    };

    public static string Percent(decimal part) => part >= 10 ? ">999 %" : (part * 100).ToString(part < 0.1m ? "0.#" : "0", Culture) + " %";

    public static string Duration(double? milliseconds) => milliseconds switch
    {
        null => "–",
        < 10 => milliseconds.Value.ToString("0.#", Culture) + " ms",
        < 10_000 => milliseconds.Value.ToString("0", Culture) + " ms",
        _ => (milliseconds.Value / 1000).ToString("0.0", Culture) + " s",
    };
}
