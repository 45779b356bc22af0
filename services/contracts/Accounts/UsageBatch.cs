using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>Events of one account that arrived together.</summary>
public sealed record UsageBatch
{
    /// <summary>
    /// A JSON array of <see cref="UsageEvent"/>s, as they came. In base64 on its way: whoever hands the call on reads over one string, not over
    /// all that is in the events.
    /// </summary>
    [JsonPropertyName("events")] public required ReadOnlyMemory<byte> Events { get; init; }
}
