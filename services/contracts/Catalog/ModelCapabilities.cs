namespace Gateway.Contracts.Catalog;

public sealed record ModelCapabilities
{
    public bool? Images { get; init; }
    public bool? Pdf { get; init; }
    public bool? Tools { get; init; }

    /// <summary>Whether the model reasons; then sampling parameters may be refused and effort is understood.</summary>
    public bool? Reasoning { get; init; }
    public bool? StructuredOutputs { get; init; }
}
