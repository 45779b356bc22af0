using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>A page of keys, oldest first.</summary>
public sealed record KeyList
{
    [JsonPropertyName("data")] public IReadOnlyList<KeyView> Data { get; set; } = [];

    /// <summary>Whether more follow; ask with <c>after</c> = <see cref="NextAfter"/>. With a filter a page may be short and still have more.</summary>
    [JsonPropertyName("hasMore")] public required bool HasMore { get; init; }
    [JsonPropertyName("nextAfter")] public string? NextAfter { get; init; }
}
