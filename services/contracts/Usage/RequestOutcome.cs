using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>How a request ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RequestOutcome>))]
public enum RequestOutcome
{
    /// <summary>The answer was whole.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>An error status, or an error event inside the stream.</summary>
    [JsonStringEnumMemberName("error")] Error,

    /// <summary>The client left.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,

    /// <summary>The provider's answer broke off or fell silent before its end mark.</summary>
    [JsonStringEnumMemberName("truncated")] Truncated,
}
