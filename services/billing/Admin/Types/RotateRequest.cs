using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>The body of a key's rotation; it may be left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RotateRequest
{
    /// <summary>A day.</summary>
    public const long DefaultOverlapSeconds = 86_400;

    /// <summary>30 days.</summary>
    public const long MaxOverlapSeconds = 30 * 86_400;

    /// <summary>For how many seconds the key before stays good: a day, if nothing is said; 0 ends it at once.</summary>
    /// <example>3600</example>
    [Range(0, MaxOverlapSeconds)]
    public long OverlapSeconds { get; set; } = DefaultOverlapSeconds;
}
