using System.Globalization;

namespace Gateway.Billing.Usage;

/// <summary>
/// A place in the feed of all events: for each of its parts the number of ranges that are read whole, and of events of the next one; then, the same way,
/// that of notices. It is all that a reader has to keep; nothing is kept for him here, and it never runs out.
/// </summary>
internal sealed class FeedCursor
{
    private readonly (long Ranges, long Events)[] _parts = new (long, long)[EventFeed.Parts + 1];

    /// <summary>How many notices are read.</summary>
    public long Notices
    {
        get => _parts[EventFeed.Parts].Ranges;
        set => _parts[EventFeed.Parts] = (value, 0);
    }

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
        // Places of before there were notices begin with the first of these.
        if (parts.Length is not (EventFeed.Parts or EventFeed.Parts + 1))
            return null;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Split('.') is not [var ranges, var events]
                || !long.TryParse(ranges, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
                || !long.TryParse(events, NumberStyles.None, CultureInfo.InvariantCulture, out var some)
                || whole > int.MaxValue || some > int.MaxValue)
                return null;
            cursor[i] = (whole, some);
        }

        return cursor;
    }

    /// <summary>Whether nothing of this part is left before the other place.</summary>
    public bool HasReached(FeedCursor? other, int part) => other is not null && _parts[part].CompareTo(other._parts[part]) >= 0;

    /// <summary>Another one at each place, and always the same at one.</summary>
    public long Turn => _parts.Sum(part => part.Ranges + part.Events);

    public void CopyUsageTo(FeedCursor other) => _parts.AsSpan(0, EventFeed.Parts).CopyTo(other._parts);

    public override string ToString() =>
        string.Join('_', _parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Ranges}.{part.Events}")));
}
