namespace Gateway.AdminConsole.Api;

/// <summary>What new keys and users of a team or organisation get, where their creation does not say.</summary>
public sealed record GroupDefaults
{
    public DefaultSettings? Key { get; init; }
    public DefaultSettings? User { get; init; }
}
