namespace Gateway.Contracts.Accounts;

/// <summary>
/// What billing settles on its first start and every ingress needs before it can check a key. Stored in the state store <c>keys</c>
/// under <see cref="KeyStoreKeys.Identity"/>.
/// </summary>
public sealed record GatewayIdentity
{
    /// <summary>Base64 of the secret that keys are hashed with.</summary>
    public required string HashSecret { get; init; }

    /// <summary>The admin key's hash under that secret.</summary>
    public required string AdminKeyHash { get; init; }
}
