using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>Whom it is for, and what they get. With both <c>group</c> and <c>domain</c> both must be right, with neither it is for everybody.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SignInRule
{
    /// <summary>A group as the identity provider's claim of groups has it: a name, or an id.</summary>
    /// <example>engineering</example>
    public string? Group { get; init; }

    /// <summary>What follows the at sign of the address.</summary>
    /// <example>example.com</example>
    public string? Domain { get; init; }

    /// <summary>The team under which users of the gateway are made.</summary>
    public string? TeamId { get; init; }

    /// <summary>What they may do with the admin API, if they sign in for it.</summary>
    /// <example>billing_reader</example>
    public AdminRole? Role { get; init; }

    /// <summary>The teams and organisations that the role is for; nothing is everything. A team admin must have some, an owner has none.</summary>
    public IReadOnlyList<string>? Scope { get; init; }
}
