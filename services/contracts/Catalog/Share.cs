namespace Gateway.Contracts.Catalog;

/// <summary>
/// Shares out by weight (rendezvous hashing): of all that share, the one with the lowest place takes the ticket. The same ticket goes to the
/// same one everywhere, and when one is away only its tickets go elsewhere.
/// </summary>
public static class Share
{
    public static double Place(ulong ticket, string name, int weight)
    {
        var hash = ticket;
        foreach (var c in name)
            hash = (hash ^ c) * 0x100000001B3;
        // The last rounds of SplitMix64: every bit of the name and the ticket counts.
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        hash ^= hash >> 31;
        var unit = ((hash >> 11) + 0.5) / (1UL << 53);
        return -Math.Log(unit) / weight;
    }
}
