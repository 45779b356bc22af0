namespace Gateway.Contracts.ManagedSettings;

/// <summary>
/// Managed settings of Claude Code for everybody, an organisation, a team or a user, as they stand in the state store <c>keys</c>. The JSON is
/// a text: a sidecar would write its numbers and names anew.
/// </summary>
public sealed record SettingsDocument
{
    /// <summary>The id of what is for everybody.</summary>
    public const string Everybody = "everybody";

    /// <summary>Whose they are.</summary>
    public required string Id { get; init; }

    public required string Text { get; init; }
}
