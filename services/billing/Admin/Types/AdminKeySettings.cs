using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>The body of an admin key's creation.</summary>
/// <example>{"name":"finance system","role":"billing_reader","expiresAt":"2027-01-01T00:00:00Z"}</example>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AdminKeySettings
{
    public const int MaxScope = 50;

    /// <summary>Whose key it is: 1 to 200 characters.</summary>
    /// <example>finance system</example>
    public string? Name { get; init; }

    /// <summary>What it may do.</summary>
    /// <example>billing_reader</example>
    public AdminRole? Role { get; init; }

    /// <summary>
    /// The teams and organisations it is for, at most 50: it sees and changes what is in them, and sees, but doesn't change, these themselves. Nothing is
    /// everything; a team admin must have some, an owner has none.
    /// </summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>When it ends, in the future; nothing never ends it.</summary>
    /// <example>2027-01-01T00:00:00Z</example>
    public DateTimeOffset? ExpiresAt { get; init; }
}
