using System.Buffers.Text;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One message of a row.</summary>
internal readonly record struct Message(Delivery Row, int Index)
{
    /// <summary>Two numbers and a hyphen.</summary>
    public const int MaxIdBytes = 32;

    /// <summary>It has a row of the table to itself.</summary>
    public bool IsARow => Row.Ends is null && Row.Custody is null;

    public ReadOnlyMemory<byte> Body => Row.BodyOf(Index);

    /// <summary>The name it has in a call that brings several.</summary>
    public ReadOnlySpan<byte> WriteId(Span<byte> destination)
    {
        Utf8Formatter.TryFormat(Row.Name, destination, out var length);
        if (Row.Ends is null)
            return destination[..length];
        destination[length++] = (byte)'-';
        Utf8Formatter.TryFormat(Index, destination[length..], out var more);
        return destination[..(length + more)];
    }

    /// <summary>As a row of its own.</summary>
    public Delivery Alone() => IsARow ? Row : Row with { Body = Body.ToArray(), Ends = null, Open = 1, Custody = null };
}
