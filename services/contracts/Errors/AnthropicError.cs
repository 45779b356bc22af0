using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Contracts.Errors;

/// <summary>Anthropic's error envelope, as a body and as an SSE event.</summary>
public static class AnthropicError
{
    /// <summary><c>{"type":"error","error":{"type":…,"message":…},"request_id":…}</c>; <c>error.details.error_code</c> with a code.</summary>
    public static void Write(IBufferWriter<byte> output, string type, string message, string? requestId, string? code = null)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, type);
        json.WriteString("message"u8, message);
        if (code is not null)
        {
            json.WriteStartObject("details"u8);
            json.WriteString("error_code"u8, code);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (requestId is not null)
            json.WriteString("request_id"u8, requestId);
        json.WriteEndObject();
    }

    /// <summary>The terminal <c>event: error</c> frame of a stream.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, string type, string message, string? requestId)
    {
        output.Write("event: error\ndata: "u8);
        Write(output, type, message, requestId);
        output.Write("\n\n"u8);
    }
}
