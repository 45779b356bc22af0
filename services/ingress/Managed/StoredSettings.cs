namespace Gateway.Ingress.Managed;

/// <summary>What stands in the file of managed settings.</summary>
internal sealed record StoredSettings
{
    public required long Version { get; init; }

    /// <summary>JSON by whose it is.</summary>
    public required IReadOnlyDictionary<string, string> Documents { get; init; }
}
