namespace Gateway.Billing.Keys;

/// <summary>A document, or what was wrong with it by path, or whether there is somebody whose it could be.</summary>
public sealed record ManagedSettingsResult
{
    /// <summary>Null: there is none.</summary>
    public ManagedSettingsEntry? Entry { get; init; }

    /// <summary>Whether the team, organisation or key is there.</summary>
    public bool Found { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }

    public string? Conflict { get; init; }

    /// <summary>Of what is effective: whose documents it is made of, from the widest to the nearest.</summary>
    public IReadOnlyList<string>? From { get; init; }
}
