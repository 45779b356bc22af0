using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>The body of the rotation of a webhook's secret; it may be left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record WebhookRotation
{
    /// <summary>For how many seconds the secret before signs, too: a day, if nothing is said; 0 ends it at once.</summary>
    /// <example>3600</example>
    [Range(0, RotateRequest.MaxOverlapSeconds)]
    public long OverlapSeconds { get; set; } = RotateRequest.DefaultOverlapSeconds;
}
