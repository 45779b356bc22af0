using System.Buffers;

namespace Gateway.Local.Sidecar;

/// <summary>The W3C trace header as the sidecar hands it on.</summary>
internal static class TraceContext
{
    private static readonly SearchValues<char> HeaderChars = SearchValues.Create("0123456789abcdef-");

    /// <summary>What Dapr sends where nothing is traced.</summary>
    public const string None = "00-00000000000000000000000000000000-0000000000000000-00";

    /// <param name="incoming">The caller's own header, if any.</param>
    /// <param name="tracing">Whether a Configuration asks for tracing; without it a valid header passes unchanged.</param>
    public static string Next(string? incoming, bool tracing)
    {
        var valid = IsValid(incoming);
        if (!tracing)
            return valid ? incoming! : None;
        Span<byte> random = stackalloc byte[24];
#pragma warning disable CA5394 // Trace ids are no secrets.
        Random.Shared.NextBytes(random);
#pragma warning restore CA5394
        var trace = valid ? incoming![3..35] : Convert.ToHexStringLower(random[..16]);
        return $"00-{trace}-{Convert.ToHexStringLower(random[16..])}-01";
    }

    public static bool IsValid(string? header) =>
        header is { Length: 55 } && header[2] == '-' && header[35] == '-' && header[52] == '-'
        && header.AsSpan(3, 32).IndexOfAnyExcept('0') >= 0 && header.AsSpan(36, 16).IndexOfAnyExcept('0') >= 0
        && header.AsSpan().IndexOfAnyExcept(HeaderChars) < 0;
}
