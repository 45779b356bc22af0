namespace Gateway.Billing.Admin;

/// <summary>A list of models that limits a key, and whose list it is.</summary>
public sealed record ModelList
{
    /// <summary>The id of the key, user, team or organisation.</summary>
    /// <example>team:7FhXk2Qp</example>
    public required string Account { get; init; }

    /// <summary>As it stands there.</summary>
    /// <example>["group:fast","anthropic/*"]</example>
    public required IReadOnlyList<string> Models { get; init; }
}
