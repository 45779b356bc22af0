using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Accounts;

/// <summary>The account of one value of a rule, or of what has none of its own.</summary>
public sealed record RuleAccount
{
    public required string AccountId { get; init; }

    /// <summary>Null: of further values, and of what says none.</summary>
    public string? Value { get; init; }
    public required AccountStatus Status { get; init; }

    /// <summary>All spend so far, by currency.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal> Spent { get; init; } = new Dictionary<string, decimal>();
}
