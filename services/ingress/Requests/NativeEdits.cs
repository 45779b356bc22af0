using System.Collections.Frozen;
using Gateway.Hosting;

namespace Gateway.Ingress.Requests;

/// <summary>What must be changed in a body before Anthropic takes it: pieces of it, in order, and their names for the client.</summary>
internal sealed record NativeEdits(IReadOnlyList<Splice> Splices, IReadOnlyList<string> Dropped)
{
    public static NativeEdits None { get; } = new([], []);

    /// <summary>What the endpoint is not told, whose betas go as well.</summary>
    public IReadOnlySet<string> Without { get; init; } = FrozenSet<string>.Empty;

    /// <summary>That of the body, where it is not the client's own.</summary>
    public RequestEnvelope? Envelope { get; init; }

    /// <summary>Together with the envelope's own splices, which are elsewhere in the body.</summary>
    public IReadOnlyList<Splice> With(IReadOnlyList<Splice> others)
    {
        if (Splices.Count == 0)
            return others;
        var all = new List<Splice>(Splices.Count + others.Count);
        all.AddRange(Splices);
        all.AddRange(others);
        all.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return all;
    }

    public bool SameAs(NativeEdits other) =>
        Splices.Count == other.Splices.Count && Splices.Zip(other.Splices).All(p => p.First.Start == p.Second.Start && p.First.Length == p.Second.Length);
}
