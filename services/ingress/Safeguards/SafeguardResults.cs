using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Safeguards;

/// <summary>The value of <c>safeguard_results</c>, as the client reads it.</summary>
internal static class SafeguardResults
{
    public const string Name = "safeguard_results";

    /// <summary>This request is not served, and clients do not ask again in their session: the key may not use the judge or cannot pay it.</summary>
    public static byte[] Unsupported { get; } = Of(static json => json.WriteString("type"u8, "unsupported"u8));

    /// <summary>There are no verdicts for this answer.</summary>
    public static byte[] Unavailable(string reason) => Of(json =>
    {
        json.WriteString("type"u8, "unavailable"u8);
        json.WriteString("reason"u8, reason);
    });

    /// <param name="calls">All of the answer; none is an answer too.</param>
    /// <param name="verdicts">One for each.</param>
    public static byte[] Available(IReadOnlyList<PendingCall> calls, IReadOnlyList<Verdict> verdicts) => Of(json =>
    {
        json.WriteString("type"u8, "available"u8);
        json.WriteStartObject("tool_uses"u8);
        var written = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < calls.Count; i++)
        {
            if (!written.Add(calls[i].Id))
                continue;
            json.WritePropertyName(calls[i].Id);
            verdicts[i].Write(json);
        }

        json.WriteEndObject();
    });

    private static byte[] Of(Action<Utf8JsonWriter> status)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("type"u8, SafeguardsRequest.Type);
        json.WriteStartObject("status"u8);
        status(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }
}
