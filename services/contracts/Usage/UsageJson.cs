using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>The usage event as bytes, for the outbox, the topic and the actors alike. Nulls are left out.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(UsageEvent))]
public sealed partial class UsageJson : JsonSerializerContext
{
    public static byte[] Write(UsageEvent e) => JsonSerializer.SerializeToUtf8Bytes(e, Default.UsageEvent);
}
