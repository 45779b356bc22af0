using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>An amount of everything an account limits: what a request needs, what a lease holds, what is given back.</summary>
public sealed record Allowance
{
    [JsonPropertyName("requests")] public long Requests { get; set; }

    /// <summary>Input as Anthropic's rate limits count it: uncached input and cache writes, not cache reads (rule F32).</summary>
    [JsonPropertyName("inputTokens")] public long InputTokens { get; set; }
    [JsonPropertyName("outputTokens")] public long OutputTokens { get; set; }

    /// <summary>In the currency of the account's budget. A string on the wire: a sidecar reads JSON numbers as doubles.</summary>
    [JsonPropertyName("money")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Money { get; set; }

    /// <summary>Requests that run at the same time.</summary>
    [JsonPropertyName("slots")] public int Slots { get; set; }
}
