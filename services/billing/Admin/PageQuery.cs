using System.Globalization;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Billing.Admin;

/// <summary>The query parameters of every list. They are read as text, so that a mistake can be told by its name.</summary>
internal readonly record struct PageQuery(
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "after")] string? After)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    /// <summary>False with the answer to give when the limit is no number in range.</summary>
    public bool TryLimit(out int limit, out InvalidProblem? problem)
    {
        limit = DefaultLimit;
        problem = null;
        if (Limit is null || (int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            return true;
        problem = new("limit", $"A number from 1 to {MaxLimit}.");
        return false;
    }

    /// <summary>Null: for everything.</summary>
    public static string? Search(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>For lists whose cursor is a number.</summary>
    public bool TryNumbers(out int limit, out long after, out InvalidProblem? problem)
    {
        after = 0;
        if (!TryLimit(out limit, out problem))
            return false;
        if (After is null || long.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return true;
        problem = new("after", "The nextAfter of the page before.");
        return false;
    }
}
