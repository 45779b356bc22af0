using System.Runtime.InteropServices;

namespace Gateway.Billing.Accounts;

/// <summary>
/// The numbers of a source that have been counted, exactly: as ranges in order, first and last of each in turn, none touching the next. Where
/// all have come it is one range, however many they are.
/// </summary>
/// <param name="bounds">As it is stored; changed in place.</param>
internal readonly struct NumberSet(List<long> bounds)
{
    public List<long> Bounds => bounds;

    public bool Contains(long number)
    {
        var at = CollectionsMarshal.AsSpan(bounds).BinarySearch(number);
        // Bounds below the number: an odd count of them means that a range has begun and not ended.
        return at >= 0 || ~at % 2 == 1;
    }

    /// <summary>False when it is in the set already.</summary>
    public bool Add(long number)
    {
        // Nearly every number is the one after the last.
        if (bounds.Count > 0 && number == bounds[^1] + 1)
        {
            bounds[^1] = number;
            return true;
        }

        var at = CollectionsMarshal.AsSpan(bounds).BinarySearch(number);
        if (at >= 0)
            return false;

        // Bounds below the number: an odd count of them means that a range has begun and not ended.
        at = ~at;
        if (at % 2 == 1)
            return false;
        var joinsBefore = at > 0 && bounds[at - 1] == number - 1;
        var joinsAfter = at < bounds.Count && bounds[at] == number + 1;
        if (joinsBefore && joinsAfter)
            bounds.RemoveRange(at - 1, 2);
        else if (joinsBefore)
            bounds[at - 1] = number;
        else if (joinsAfter)
            bounds[at] = number;
        else
            bounds.InsertRange(at, [number, number]);
        return true;
    }
}
