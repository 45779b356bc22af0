using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The data of <c>gateway.key.changed.v1</c>. Delivered at least once; says what the key is now, never the key itself.</summary>
public sealed record KeyChanged
{
    [JsonPropertyName("keyId")] public required string KeyId { get; init; }
    [JsonPropertyName("time")] public required DateTimeOffset Time { get; init; }

    /// <summary><c>created</c>, <c>updated</c>, <c>rotated</c> or <c>revoked</c>.</summary>
    [JsonPropertyName("change")] public required string Change { get; init; }
    [JsonPropertyName("key")] public required KeyRecord Key { get; init; }
}
