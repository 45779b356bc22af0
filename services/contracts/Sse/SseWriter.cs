using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Contracts.Sse;

/// <summary>
/// Writes Anthropic events: an <c>event:</c> line equal to <c>data.type</c>, one <c>data:</c> line, a blank line (rule E2).
/// One JSON writer is used over and over, so an event costs no allocation.
/// </summary>
public sealed class SseWriter : IDisposable
{
    private readonly IBufferWriter<byte> _output;
    private readonly Utf8JsonWriter _json;

    public SseWriter(IBufferWriter<byte> output)
    {
        _output = output;
        _json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
    }

    /// <summary>Starts an event whose data is an object that already has its <c>type</c>; the caller adds members, then calls <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> type)
    {
        _output.Write("event: "u8);
        _output.Write(type);
        _output.Write("\ndata: "u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
        return _json;
    }

    public void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _output.Write("\n\n"u8);
    }

    /// <summary>A line that clients skip, part of the event after it.</summary>
    public void Comment(ReadOnlySpan<byte> text)
    {
        _output.Write(": "u8);
        _output.Write(text);
        _output.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();
}
