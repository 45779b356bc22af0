namespace Gateway.Billing.Admin;

/// <summary>An entry of a list of models, and whose list it is.</summary>
public sealed record ModelSource
{
    /// <summary>The id of the key, team or organisation.</summary>
    /// <example>org:2PzVn8Wd</example>
    public required string Account { get; init; }

    /// <summary>As it stands there.</summary>
    /// <example>anthropic/*</example>
    public required string Entry { get; init; }
}
