namespace Gateway.Providers.Dialects;

/// <summary>What a provider said went wrong, in its own words.</summary>
internal sealed record ProviderFault
{
    public required string Message { get; init; }

    /// <summary>Null inside a stream, unless the error names one.</summary>
    public int? Status { get; init; }

    public string? Type { get; init; }

    public string? Code { get; init; }

    /// <summary>The field of the request it is about.</summary>
    public string? Param { get; init; }

    public long? PromptTokens { get; init; }

    public long? ContextTokens { get; init; }
}
