using System.Globalization;

namespace Gateway.Billing.Admin;

/// <summary>The query parameters <c>limit</c> and <c>after</c>.</summary>
internal static class Paging
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    /// <summary>False with the answer to give when the limit is no number in range.</summary>
    public static bool TryLimit(string? given, out int limit, out IResult? problem)
    {
        limit = DefaultLimit;
        problem = null;
        if (given is null || (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            return true;
        problem = Problems.Invalid("limit", $"A number from 1 to {MaxLimit}.");
        return false;
    }

    /// <summary>For lists whose cursor is a number.</summary>
    public static bool TryAfter(string? given, out long after, out IResult? problem)
    {
        after = 0;
        problem = null;
        if (given is null || long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return true;
        problem = Problems.Invalid("after", "The nextAfter of the page before.");
        return false;
    }
}
