namespace Gateway.Contracts.Catalog;

/// <summary>How far one name is from another, for those who have mistyped one.</summary>
internal static class NameDistance
{
    /// <summary>A longer name has not been mistyped. It also bounds what a comparison costs.</summary>
    public const int MaxLength = 64;

    /// <summary>How far a name may be from one that is near.</summary>
    public static int Near(string name) => Math.Max(1, name.Length / 4);

    /// <summary>
    /// The letters to insert, to leave out or to replace (Levenshtein); one for a name that is at least half of the other; more than is near where the
    /// lengths say so already.
    /// </summary>
    public static int Of(string name, string other)
    {
        if (other.Length > MaxLength)
            return int.MaxValue;
        if (2 * Math.Min(name.Length, other.Length) >= Math.Max(name.Length, other.Length)
            && (other.Contains(name, StringComparison.OrdinalIgnoreCase) || name.Contains(other, StringComparison.OrdinalIgnoreCase)))
            return 1;
        if (Math.Abs(name.Length - other.Length) > Near(name))
            return int.MaxValue;
        Span<int> row = stackalloc int[MaxLength + 1];
        for (var j = 0; j <= other.Length; j++)
            row[j] = j;
        for (var i = 1; i <= name.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = diagonal + (name[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }
}
