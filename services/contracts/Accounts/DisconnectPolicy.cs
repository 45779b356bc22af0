using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What happens to an answer whose client has left (rule F8).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DisconnectPolicy>))]
public enum DisconnectPolicy
{
    /// <summary>Cancel the provider; bill the input and the output seen so far.</summary>
    [JsonStringEnumMemberName("estimate")] Estimate,

    /// <summary>Read the answer to its end within limits; bill what the provider says.</summary>
    [JsonStringEnumMemberName("drain")] Drain,

    /// <summary>Cancel the provider; bill nothing. The event shows the usage all the same.</summary>
    [JsonStringEnumMemberName("void")] Void,
}
