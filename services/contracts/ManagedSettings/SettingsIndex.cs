namespace Gateway.Contracts.ManagedSettings;

/// <summary>Which documents of managed settings there are, as it stands in the state store <c>keys</c>; written after them, and before the version.</summary>
public sealed record SettingsIndex
{
    /// <summary>One more with each change.</summary>
    public long Version { get; init; }

    /// <summary>The checksum of each document, by whose it is.</summary>
    public IReadOnlyDictionary<string, string> Documents { get; set; } = new Dictionary<string, string>();

    /// <summary>The bytes of all of them.</summary>
    public long Bytes { get; init; }
}
