namespace Gateway.Ingress.Managed;

/// <summary>What stands in the file of callers.</summary>
internal sealed record StoredCallers
{
    /// <summary>Base64 of what their keys are hashed with.</summary>
    public required string Salt { get; init; }

    public required IReadOnlyList<KnownCaller> Callers { get; init; }
}
