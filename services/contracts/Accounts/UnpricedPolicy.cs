using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What becomes of a request whose cost a budget cannot know: its model has no price, or one in another currency.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnpricedPolicy>))]
public enum UnpricedPolicy
{
    [JsonStringEnumMemberName("refuse")] Refuse,

    /// <summary>It is answered and counted as unpriced, and the budget does not hold for it.</summary>
    [JsonStringEnumMemberName("allow")] Allow,
}
