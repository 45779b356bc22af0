namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One row on its way to one app: a message, or several that were published together and share all but their bodies.</summary>
/// <param name="Body">The CloudEvent, or the raw payload; of several messages, one behind another.</param>
/// <param name="Ends">Where the body of each message ends; null: there is but one.</param>
/// <param name="Metadata">The publish metadata as a JSON object; its entries become headers.</param>
/// <param name="Attempts">Failed deliveries so far.</param>
/// <param name="Expires">Unix milliseconds.</param>
internal sealed record Delivery(
    long Id, string PubSub, string Topic, byte[] Body, int[]? Ends, bool IsRaw, string Metadata, string Traceparent, int Attempts, long? Expires)
{
    /// <summary>Its row in the table; 0: it has none, or none yet.</summary>
    public long Id { get; set; } = Id;

    /// <summary>Null: it was in the table before it came to memory.</summary>
    public Custody? Custody { get; init; }

    /// <summary>What its messages are told from others by: never changes, and rises with the order of publishing.</summary>
    public long Name => Custody?.Number ?? Id;

    public int Count => Ends?.Length ?? 1;

    /// <summary>Messages of which nothing is written down yet; the pump's to count. The row leaves the database with the last.</summary>
    public int Open { get; set; } = Ends?.Length ?? 1;

    public ReadOnlyMemory<byte> BodyOf(int index)
    {
        if (Ends is null)
            return Body;
        var start = index == 0 ? 0 : Ends[index - 1];
        return Body.AsMemory(start, Ends[index] - start);
    }
}
