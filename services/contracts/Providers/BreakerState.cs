using System.Text.Json.Serialization;

namespace Gateway.Contracts.Providers;

/// <summary>Whether calls to a provider, or to a model of it, are let through.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BreakerState>))]
public enum BreakerState
{
    /// <summary>Calls are let through.</summary>
    [JsonStringEnumMemberName("closed")] Closed,

    /// <summary>It has failed too often in a row: calls fail at once.</summary>
    [JsonStringEnumMemberName("open")] Open,

    /// <summary>One call is on its way to see whether it is there again; the others fail at once.</summary>
    [JsonStringEnumMemberName("trying")] Trying,

    /// <summary>The adapter of this provider does not answer.</summary>
    [JsonStringEnumMemberName("unknown")] Unknown,
}
