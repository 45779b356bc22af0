using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>What one holder has of an account.</summary>
internal sealed record LeaseState
{
    public long Sequence { get; set; }

    /// <summary>Granted, less returned, less settled by events.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Money { get; set; }

    /// <summary>What requests have cost that were over, as the holder last said, and what of it events have settled: the rest is on its way.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Finished { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Settled { get; set; }

    public int Slots { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When the money is released as unsettled, unless the holder calls before.</summary>
    public DateTimeOffset ReleasedAt { get; set; }
    public bool Final { get; set; }

    /// <summary>What the holder had free or running has been released.</summary>
    public bool Released { get; set; }

    /// <summary>The call whose answer says that what the holder thought it had is void.</summary>
    public long OpenedBy { get; set; }

    /// <summary>Another holder was refused what this one may have free.</summary>
    public bool Recall { get; set; }

    /// <summary>The last answer, for when the call is repeated.</summary>
    public Allowance Granted { get; set; }
    public QuotaRefusal? Refusal { get; set; }
}
