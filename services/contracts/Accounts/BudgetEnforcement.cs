using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

[JsonConverter(typeof(JsonStringEnumConverter<BudgetEnforcement>))]
public enum BudgetEnforcement
{
    /// <summary>Admission reserves the most a request can cost: spend never passes the budget.</summary>
    [JsonStringEnumMemberName("strict")] Strict,

    /// <summary>Admission reserves the expected cost: spend may pass the budget by what was underestimated.</summary>
    [JsonStringEnumMemberName("soft")] Soft,
}
