using System.Globalization;

namespace Gateway.Contracts.Catalog;

/// <summary>
/// The parts of a model id by which two spellings are the same model: <c>anthropic/claude-sonnet-4.5</c>, <c>claude-sonnet-4-5</c> and
/// <c>claude-sonnet-4-5-20250929</c> share vendor and base, and differ in the date only.
/// </summary>
internal readonly record struct ModelName(string? Vendor, string Base, string? Date)
{
    public static ModelName Parse(string name)
    {
        name = name.Trim().ToLowerInvariant();
        string? vendor = null;
        var slash = name.LastIndexOf('/');
        if (slash > 0)
        {
            vendor = name[..slash];
            name = name[(slash + 1)..];
        }

        string? date = null;
        if (name.EndsWith("-latest", StringComparison.Ordinal))
        {
            name = name[..^"-latest".Length];
        }
        else if (name.Length > 9 && name[^9] is '-' or '@' &&
                 DateOnly.TryParseExact(name[^8..], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            date = name[^8..];
            name = name[..^9];
        }
        else if (name.Length > 11 && name[^11] == '-' &&
                 DateOnly.TryParseExact(name[^10..], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            date = day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
            name = name[..^11];
        }

        return new ModelName(vendor, name.Replace('.', '-'), date);
    }
}
