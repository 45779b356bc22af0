namespace Gateway.Ingress.Outbox;

/// <summary>One record of the log.</summary>
/// <param name="Start">Where it begins in its segment.</param>
/// <param name="Length">With its checksum and the line's end.</param>
/// <param name="RequestId">Null: it is damaged.</param>
/// <param name="KeyId">Null: it is damaged.</param>
/// <param name="Json">The event; of a damaged record all of it. The memory is used again once the line has been published.</param>
internal readonly record struct OutboxLine(long Start, int Length, string? RequestId, string? KeyId, ReadOnlyMemory<byte> Json)
{
    public bool IsDamaged => KeyId is null;

    public long End => Start + Length;
}
