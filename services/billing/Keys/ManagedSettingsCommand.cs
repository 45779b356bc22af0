using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record ManagedSettingsCommand
{
    /// <summary>Whose: a user, a team, an organisation, everybody; for what is effective, a key, too.</summary>
    public required string Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>JSON: the document; null takes it away.</summary>
    public string? Body { get; init; }
}
