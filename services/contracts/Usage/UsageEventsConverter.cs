using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>For events inside a body whose own names are spelt otherwise: they look as they do on the topic.</summary>
public sealed class UsageEventsConverter : JsonConverter<IReadOnlyList<UsageEvent>>
{
    public override IReadOnlyList<UsageEvent>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, UsageJson.Default.IReadOnlyListUsageEvent);

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<UsageEvent> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, UsageJson.Default.IReadOnlyListUsageEvent);
}
