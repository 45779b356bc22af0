using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Otlp;

/// <summary>Telemetry as OTLP's JSON, with who has sent it.</summary>
internal static class OtlpJson
{
    private const string Attributes = "attributes";
    private const string Resource = "resource";

    /// <summary>Null where it is none, or would become far more than it was.</summary>
    public static byte[]? Rewrite(ReadOnlyMemory<byte> body, OtlpSignals signal, OtlpSender sender)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var member = signal switch
            {
                OtlpSignals.Metrics => "resourceMetrics",
                OtlpSignals.Logs => "resourceLogs",
                _ => "resourceSpans",
            };
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty(member, out var resources) || resources.ValueKind != JsonValueKind.Array)
                return null;
            var output = new ArrayBufferWriter<byte>(body.Length + 256);
            using (var writer = new Utf8JsonWriter(output, GatewayJson.WriterOptions))
            {
                writer.WriteStartObject();
                writer.WriteStartArray(member);
                foreach (var resource in resources.EnumerateArray())
                {
                    if (resource.ValueKind != JsonValueKind.Object)
                        return null;
                    WriteOfResource(writer, resource, sender);
                    if (writer.BytesCommitted + writer.BytesPending > OtlpSender.MostOf(body.Length))
                        return null;
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            return output.WrittenSpan.ToArray();
        }
        catch (Exception e) when (e is JsonException || GatewayJson.IsHalfCharacter(e))
        {
            return null;
        }
    }

    private static void WriteOfResource(Utf8JsonWriter writer, JsonElement item, OtlpSender sender)
    {
        writer.WriteStartObject();
        foreach (var member in item.EnumerateObject())
        {
            if (member.NameEquals(Resource))
                continue;
            writer.WritePropertyName(member.Name);
            Write(writer, member.Value, sender);
        }

        writer.WriteStartObject(Resource);
        JsonElement attributes = default;
        if (item.TryGetProperty(Resource, out var resource) && resource.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in resource.EnumerateObject())
            {
                if (member.NameEquals(Attributes))
                    attributes = member.Value;
                else
                    member.WriteTo(writer);
            }
        }

        writer.WriteStartArray(Attributes);
        WriteAttributes(writer, attributes, sender);
        foreach (var (name, value) in sender.Attributes)
            WriteAttribute(writer, name, value);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>As deep as a document may be.</summary>
    private static void Write(Utf8JsonWriter writer, JsonElement value, OtlpSender sender)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    if (member.NameEquals(Attributes) && member.Value.ValueKind == JsonValueKind.Array)
                    {
                        writer.WriteStartArray();
                        WriteAttributes(writer, member.Value, sender);
                        writer.WriteEndArray();
                    }
                    else
                    {
                        Write(writer, member.Value, sender);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(writer, item, sender);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static void WriteAttributes(Utf8JsonWriter writer, JsonElement attributes, OtlpSender sender)
    {
        if (attributes.ValueKind != JsonValueKind.Array)
            return;
        string? session = null;
        foreach (var attribute in attributes.EnumerateArray())
        {
            var key = attribute.ValueKind == JsonValueKind.Object && attribute.TryGetProperty("key", out var given) && given.ValueKind == JsonValueKind.String
                ? given.GetString()
                : null;
            if (key?.StartsWith(OtlpSender.Prefix, StringComparison.Ordinal) == true)
                continue;
            if (key == OtlpSender.ClientSession && attribute.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Object
                && value.TryGetProperty("stringValue", out var text) && text.ValueKind == JsonValueKind.String)
                session = text.GetString();
            attribute.WriteTo(writer);
        }

        if (session is { Length: > 0 } && sender.SessionOf(session) is { } name)
            WriteAttribute(writer, OtlpSender.Session, name);
    }

    private static void WriteAttribute(Utf8JsonWriter writer, string name, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("key", name);
        writer.WriteStartObject("value");
        writer.WriteString("stringValue", value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
