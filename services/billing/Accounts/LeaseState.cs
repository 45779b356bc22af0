using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>What one holder has of an account.</summary>
internal sealed record LeaseState
{
    [JsonPropertyName("sequence")] public long Sequence { get; set; }

    /// <summary>Granted, less returned, less settled by events.</summary>
    [JsonPropertyName("money")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Money { get; set; }

    [JsonPropertyName("slots")] public int Slots { get; set; }
    [JsonPropertyName("expiresAt")] public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When the money is released as unsettled, unless the holder calls before.</summary>
    [JsonPropertyName("releasedAt")] public DateTimeOffset ReleasedAt { get; set; }
    [JsonPropertyName("final")] public bool Final { get; set; }

    /// <summary>Another holder was refused what this one may have free.</summary>
    [JsonPropertyName("recall")] public bool Recall { get; set; }

    /// <summary>The last answer, for when the call is repeated.</summary>
    [JsonPropertyName("granted")] public Allowance Granted { get; set; } = new();
    [JsonPropertyName("refusal")] public QuotaRefusal? Refusal { get; set; }
}
