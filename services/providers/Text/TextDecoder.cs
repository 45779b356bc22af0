using System.Buffers;
using System.Text.Unicode;

namespace Gateway.Providers.Text;

/// <summary>Decodes a text that arrives in parts, each part a JSON string. The returned span is valid until the next call.</summary>
internal sealed class TextDecoder
{
    private ArrayBufferWriter<byte>? _scratch;
    private char _pending;

    /// <param name="json">The inside of the string, without its quotes.</param>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> json)
    {
        if (_pending == '\0' && !json.Contains((byte)'\\') && Utf8.IsValid(json))
            return json;
        _scratch ??= new ArrayBufferWriter<byte>(Math.Max(JsonText.MaxDecodedBytes(json), 256));
        _scratch.ResetWrittenCount();
        JsonText.Decode(json, _scratch, ref _pending);
        return _scratch.WrittenSpan;
    }
}
