namespace Gateway.Contracts.Names;

/// <summary>What a provider can be asked to do (<see cref="GatewayHeaders.Operation"/>); the adapter turns it into the dialect's own path.</summary>
public static class Operations
{
    public const string Generate = "generate";
    public const string CountTokens = "count_tokens";

    /// <summary>Asked of the translator only: what it would ask of the provider.</summary>
    public const string Explain = "explain";
}
