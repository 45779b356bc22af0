using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>
/// Estimates the tokens of images (by their size in pixels: width x height / 750, as Anthropic counts them) and PDF documents (by pages).
/// Only the head of an image is decoded.
/// </summary>
internal static class MediaEstimate
{
    /// <summary>An image whose size can't be read, and the most one costs, since larger ones are scaled down.</summary>
    private const long UnknownImage = 1_000;
    private const long MaxPerImage = 1_600;
    private const long PerPage = 2_000;
    private const int HeadBytes = 64 * 1024;

    public static long OfImage(MediaSource source)
    {
        if (source is not MediaSource.Base64 image || Decode(image.Data, HeadBytes) is not { } head)
            return UnknownImage;
        return Size(head) is var (width, height) && width > 0 && height > 0
            ? Math.Clamp((long)width * height / 750, 1, MaxPerImage)
            : UnknownImage;
    }

    public static long OfDocument(MediaSource source)
    {
        if (source is not MediaSource.Base64 document || Decode(document.Data, int.MaxValue) is not { } bytes)
            return PerPage;
        if (document.MediaType.StartsWith("text/", StringComparison.Ordinal))
            return TokenEstimate.Of(bytes);
        return Math.Max(1, Pages(bytes)) * PerPage;
    }

    private static byte[]? Decode(RawValue value, int most)
    {
        var base64 = value.Span[1..^1];
        if (base64.Length / 4L * 3 > most)
            base64 = base64[..(most / 3 * 4)];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        var status = Base64.DecodeFromUtf8(base64, bytes, out _, out var written, isFinalBlock: false);
        return status is OperationStatus.Done or OperationStatus.NeedMoreData ? bytes[..written] : null;
    }

    /// <summary>Counts page objects; those inside compressed object streams stay unseen, so this is a lower bound.</summary>
    private static long Pages(ReadOnlySpan<byte> pdf)
    {
        long pages = 0;
        while (pdf.IndexOf("/Type"u8) is var at and >= 0)
        {
            pdf = pdf[(at + 5)..];
            var rest = pdf.TrimStart(" \r\n\t"u8);
            if (rest.StartsWith("/Page"u8) && (rest.Length == 5 || rest[5] != 's'))
                pages++;
        }

        return pages;
    }

    private static (int Width, int Height) Size(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 24 && head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]))
            return (BinaryPrimitives.ReadInt32BigEndian(head[16..]), BinaryPrimitives.ReadInt32BigEndian(head[20..]));
        if (head.Length >= 10 && head.StartsWith("GIF8"u8))
            return (BinaryPrimitives.ReadUInt16LittleEndian(head[6..]), BinaryPrimitives.ReadUInt16LittleEndian(head[8..]));
        if (head.Length >= 30 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))
            return WebP(head);
        return head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? Jpeg(head) : default;
    }

    private static (int Width, int Height) WebP(ReadOnlySpan<byte> head)
    {
        if (head[12..].StartsWith("VP8X"u8))
            return (1 + (head[24] | (head[25] << 8) | (head[26] << 16)), 1 + (head[27] | (head[28] << 8) | (head[29] << 16)));
        if (head[12..].StartsWith("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(head[21..]);
            return ((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
        }

        return (BinaryPrimitives.ReadUInt16LittleEndian(head[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(head[28..]) & 0x3FFF);
    }

    private static (int Width, int Height) Jpeg(ReadOnlySpan<byte> head)
    {
        for (var at = 2; at + 9 < head.Length && head[at] == 0xFF;)
        {
            var marker = head[at + 1];
            // The start-of-frame markers, without the tables that share their range.
            if (marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC)
                return (BinaryPrimitives.ReadUInt16BigEndian(head[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(head[(at + 5)..]));
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(head[(at + 2)..]);
        }

        return default;
    }
}
