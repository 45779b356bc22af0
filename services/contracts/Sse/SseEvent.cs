namespace Gateway.Contracts.Sse;

/// <summary>One server-sent event, as spans into the reader's buffer: valid until the reader's next call.</summary>
public readonly ref struct SseEvent
{
    internal SseEvent(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, bool hasData)
    {
        Raw = raw;
        Name = name;
        Data = data;
        HasData = hasData;
    }

    /// <summary>Data that did not come as an event.</summary>
    public static SseEvent Of(ReadOnlySpan<byte> data) => new(data, default, data, hasData: true);

    /// <summary>The bytes as they came, closing blank line included.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>The <c>event:</c> field, empty where there is none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The <c>data:</c> lines, joined with line feeds.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>False for a block of comments only, which no client dispatches.</summary>
    public bool HasData { get; }
}
