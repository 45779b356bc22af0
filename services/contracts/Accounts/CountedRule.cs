using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The rule that an account belongs to, and what it counts there: for whoever reads of an account whose id has a hash in it.</summary>
public sealed record CountedRule
{
    public required string Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>See <see cref="RuleRecord.By"/>.</summary>
    public required string By { get; init; }

    /// <summary>A user as events have him; null: an access group as a whole, or what shares an account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Value { get; init; }
}
