using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>What the directory knows of a user besides what it knows of a key.</summary>
internal sealed record UserEntry
{
    /// <summary>As it was last said.</summary>
    public required UserIdentity Identity { get; init; }

    /// <summary>The team that the rules gave last. One that an admin gives stays until they give another.</summary>
    public string? MappedTeam { get; init; }
    public AdminRole? Role { get; init; }
    public IReadOnlyList<string>? Scope { get; init; }
    public DateTimeOffset? SignedOutAt { get; init; }
}
