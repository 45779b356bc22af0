using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// A usage event as it is published together with others. Such a call has no place for an id of each, so that the CloudEvent that Dapr would
/// make of it is made here; Dapr completes it, and what subscribers get is the same either way.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed class UsageCloudEvent(OutboxLine line) : CloudEvent
{
    private sealed class Converter : JsonConverter<UsageCloudEvent>
    {
        public override UsageCloudEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, UsageCloudEvent value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data"u8);
            // As it is in the log, byte by byte.
            writer.WriteRawValue(value.Line.Json.Span, skipInputValidation: true);
            writer.WriteString("datacontenttype"u8, "application/json"u8);
            writer.WriteString("id"u8, value.Line.RequestId);
            writer.WriteString("source"u8, AppIds.Ingress);
            writer.WriteString("specversion"u8, "1.0"u8);
            writer.WriteString("type"u8, EventTypes.UsageRecorded);
            writer.WriteEndObject();
        }
    }

    public OutboxLine Line { get; } = line;
}
