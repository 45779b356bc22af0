using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Gateway.Providers.Text;

/// <summary>Decodes a text that arrives in parts, each part a JSON string. The returned span is valid until the next call.</summary>
internal sealed class TextDecoder
{
    private readonly ArrayBufferWriter<byte> _scratch = new(256);
    private char _pending;

    public ReadOnlySpan<byte> Read(scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped && _pending == '\0' && Utf8.IsValid(reader.ValueSpan))
            return reader.ValueSpan;
        _scratch.ResetWrittenCount();
        JsonText.Read(ref reader, _scratch, ref _pending);
        return _scratch.WrittenSpan;
    }
}
