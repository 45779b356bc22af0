namespace Gateway.Ingress.Outbox;

/// <summary>One event of the log.</summary>
/// <param name="Json">Without the line's end. The memory is used again once the line has been published.</param>
internal readonly record struct OutboxLine(string RequestId, string KeyId, ReadOnlyMemory<byte> Json);
