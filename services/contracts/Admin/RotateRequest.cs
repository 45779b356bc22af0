using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>The body of a key's rotation; it may be left out.</summary>
public sealed record RotateRequest
{
    /// <summary>A day.</summary>
    public const long DefaultOverlapSeconds = 86_400;

    /// <summary>30 days.</summary>
    public const long MaxOverlapSeconds = 30 * 86_400;

    /// <summary>For how long the key before stays good; 0 ends it at once.</summary>
    [JsonPropertyName("overlapSeconds")] public long OverlapSeconds { get; set; } = DefaultOverlapSeconds;
}
