using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What an account can run out of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuotaDimension>))]
public enum QuotaDimension
{
    [JsonStringEnumMemberName("requests")] Requests,
    [JsonStringEnumMemberName("input_tokens")] InputTokens,
    [JsonStringEnumMemberName("output_tokens")] OutputTokens,
    [JsonStringEnumMemberName("concurrency")] Concurrency,
    [JsonStringEnumMemberName("budget")] Budget,
}
