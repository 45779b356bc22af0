using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// What an account can run out of, in the order in which a need is checked: a spent budget before all others, since waiting does not help there.
/// All but the budget and concurrency are limits per minute (<see cref="QuotaDimensions.Rates"/>).
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuotaDimension>))]
public enum QuotaDimension
{
    [JsonStringEnumMemberName("budget")] Budget,
    [JsonStringEnumMemberName("requests")] Requests,
    [JsonStringEnumMemberName("concurrency")] Concurrency,
    [JsonStringEnumMemberName("token_counts")] TokenCounts,
    [JsonStringEnumMemberName("input_tokens")] InputTokens,
    [JsonStringEnumMemberName("output_tokens")] OutputTokens,
}
