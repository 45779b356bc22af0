using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>The usage event as bytes, for the outbox, the topic and the store alike: names in snake case, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(UsageEvent))]
[JsonSerializable(typeof(IReadOnlyList<UsageEvent>))]
public sealed partial class UsageJson : JsonSerializerContext
{
    /// <summary>The event in the bytes; null when they say so.</summary>
    /// <exception cref="JsonException">They are no event; the message names the place and the type, not the value.</exception>
    public static UsageEvent? Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Default.UsageEvent);

    public static byte[] Write(UsageEvent e) => JsonSerializer.SerializeToUtf8Bytes(e, Default.UsageEvent);
}
