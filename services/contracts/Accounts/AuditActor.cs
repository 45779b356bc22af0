namespace Gateway.Contracts.Accounts;

/// <summary>Who made a change.</summary>
public sealed record AuditActor
{
    /// <summary>An admin key's id, <c>owner</c> for <c>GATEWAY_ADMIN_KEY</c>, <c>gateway</c> for what its environment asks for.</summary>
    public required string Id { get; init; }
    public string? Name { get; init; }
    public required AdminRole Role { get; init; }

    public static AuditActor Of(AdminCaller caller) => new() { Id = caller.Id, Name = caller.Name, Role = caller.Role };
}
