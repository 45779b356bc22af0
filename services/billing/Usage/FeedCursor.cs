using System.Globalization;

namespace Gateway.Billing.Usage;

/// <summary>
/// A place in the feed of all events: for each of its parts the number of ranges that are read whole, and of events of the next one. It is all that a
/// reader has to keep; nothing is kept for him here, and it never runs out.
/// </summary>
internal sealed class FeedCursor
{
    private readonly (long Ranges, long Events)[] _parts = new (long, long)[EventFeed.Parts];

    public (long Ranges, long Events) this[int part]
    {
        get => _parts[part];
        set => _parts[part] = value;
    }

    /// <summary>Null when the text is none; the beginning for null.</summary>
    public static FeedCursor? Of(string? text)
    {
        var cursor = new FeedCursor();
        if (text is null)
            return cursor;
        var parts = text.Split('_');
        if (parts.Length != EventFeed.Parts)
            return null;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Split('.') is not [var ranges, var events]
                || !long.TryParse(ranges, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
                || !long.TryParse(events, NumberStyles.None, CultureInfo.InvariantCulture, out var some))
                return null;
            cursor[i] = (whole, some);
        }

        return cursor;
    }

    public override string ToString() =>
        string.Join('_', _parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Ranges}.{part.Events}")));
}
