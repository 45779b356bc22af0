using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>The body of a key's creation: its settings, and the key itself where clients have one already.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewKeySettings : KeySettings
{
    /// <summary>
    /// The key itself, for clients that come from another gateway with theirs: 16 to 256 of <c>A-Z a-z 0-9 - . _ ~ + / =</c>, and nobody else's. It
    /// can't be changed, only rotated. Without it one is made.
    /// </summary>
    public string? Value { get; init; }
}
