using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record UserCommand
{
    public required string Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;
    public UserAction Action { get; init; }

    /// <summary>JSON, for an update: a merge patch.</summary>
    public string? Body { get; init; }
}
