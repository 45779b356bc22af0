using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Managed;

/// <summary>Somebody whose credential has been checked here once.</summary>
internal sealed record KnownCaller
{
    /// <summary>The keyed hash of the credential.</summary>
    public required string Hash { get; init; }

    /// <summary>Whose it is: its accounts, from its own upwards.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>How its sessions stand in usage events.</summary>
    public UserIdForm UserIds { get; init; }

    /// <summary>When it was checked last.</summary>
    public required DateTimeOffset Seen { get; init; }
}
