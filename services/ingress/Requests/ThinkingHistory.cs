using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Finds the thinking in a conversation's history that Anthropic would refuse the whole request for: what this gateway made of another
/// provider's reasoning (rule E83), and what carries no signature (rule E84). It is cut out of the bytes; everything else stays as it is,
/// since a signature covers the thinking as it was written (rule E82). The same for citations, which only Anthropic can have encrypted,
/// and for the calls of web tools that it has not run, with their results.
/// </summary>
internal static class ThinkingHistory
{
    /// <summary>The quirk of a native provider that signs no thinking itself and wants it back.</summary>
    private const string UnsignedQuirk = "unsigned-thinking";

    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes(MintedThinking.SignaturePrefix);
    private static readonly byte[] ServerToolId = Encoding.ASCII.GetBytes(MintedThinking.ServerToolId);
    private static readonly byte[] MintedCitation = Encoding.ASCII.GetBytes($"\"{MintedThinking.CitationIndex}\"");

    /// <summary>What to cut before the first call.</summary>
    public static NativeEdits EditsFor(ReadOnlySpan<byte> body, ProviderEntry provider)
    {
        var keepUnsigned = provider.Quirks.Contains(UnsignedQuirk);
        return MayNeedEdits(body, keepUnsigned) || body.IndexOf(MintedCitation) >= 0 || body.IndexOf(ServerToolId) >= 0
            ? HistoryReader.Read(body, keepUnsigned ? ThinkingCut.Minted : ThinkingCut.MintedAndUnsigned)
            : NativeEdits.None;
    }

    /// <summary>What to cut after the provider has refused a thinking block: all of them.</summary>
    public static NativeEdits EditsAfterRefusal(ReadOnlySpan<byte> body) => HistoryReader.Read(body, ThinkingCut.All);

    /// <summary>Whether a provider's 400 is about the thinking in the history.</summary>
    public static bool IsRefusal(string message) =>
        message.Contains("signature", StringComparison.OrdinalIgnoreCase)
            || message.Contains("must start with a thinking block", StringComparison.OrdinalIgnoreCase);

    public static bool IsMinted(ReadOnlySpan<byte> signature) => signature.StartsWith(Prefix);

    /// <summary>Whether this is the id of a web tool's call that another provider, or the gateway, has run.</summary>
    public static bool IsOtherTool(ReadOnlySpan<byte> id) => id.StartsWith(ServerToolId);

    /// <summary>
    /// Searches the bytes only, so that a conversation without thinking costs one search and one with signed thinking a second, but no
    /// parsing. What it overlooks (names written with escapes), the provider refuses, and that has its own answer.
    /// </summary>
    private static bool MayNeedEdits(ReadOnlySpan<byte> body, bool keepUnsigned)
    {
        var texts = 0;
        var rest = body;
        while (NextText(ref rest, "\"thinking\""u8, out _))
            texts++;
        if (texts == 0)
            return false;

        var signed = 0;
        rest = body;
        while (NextText(ref rest, "\"signature\""u8, out var signature))
        {
            if (IsMinted(signature))
                return true;
            if (!signature.StartsWith("\""u8))
                signed++;
        }

        return !keepUnsigned && signed < texts;
    }

    /// <summary>The next member of this name with a text for its value; <paramref name="value"/> begins after its opening quote.</summary>
    private static bool NextText(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int at;
        while ((at = rest.IndexOf(name)) >= 0)
        {
            rest = rest[(at + name.Length)..];
            var after = rest.TrimStart(" \t\r\n"u8);
            if (!after.StartsWith(":"u8))
                continue;
            after = after[1..].TrimStart(" \t\r\n"u8);
            if (!after.StartsWith("\""u8))
                continue;
            value = after[1..];
            return true;
        }

        value = default;
        return false;
    }
}
