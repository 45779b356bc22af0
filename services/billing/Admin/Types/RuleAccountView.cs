using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>
/// An account of a rule: of one value, of a rule that has only one, or of what says no value, or one that came too late for an account of its own.
/// </summary>
internal sealed record RuleAccountView
{
    /// <summary>What events and notices name it by.</summary>
    /// <example>rule:8sKq2Ld0:c2VhcmNoIGFuZCBtb3Jl</example>
    public required string AccountId { get; init; }

    /// <summary>What it counts; left out for the account that further values share.</summary>
    /// <example>demo/echo</example>
    public string? Value { get; init; }

    /// <summary>How its limits and budget stand.</summary>
    /// <example>{"slotsHeld":0}</example>
    public required AccountStatus Status { get; init; }

    /// <summary>All spend so far by currency.</summary>
    /// <example>{"USD":"0.0123"}</example>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> Spent { get; init; }
}
