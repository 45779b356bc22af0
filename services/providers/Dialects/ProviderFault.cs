namespace Gateway.Providers.Dialects;

/// <summary>What a provider said went wrong, in its own words.</summary>
public sealed record ProviderFault
{
    public string Message { get; init; } = "";

    /// <summary>Null inside a stream, unless the error names one.</summary>
    public int? Status { get; init; }

    public string? Type { get; init; }

    public string? Code { get; init; }

    /// <summary>The fields of the request it is about, each a path.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    public long? PromptTokens { get; init; }

    public long? ContextTokens { get; init; }

    /// <summary>How long to wait, where the body says so rather than a header (rule E125).</summary>
    public int? RetryAfterSeconds { get; init; }

    internal bool Is(string code) => Code == code || Type == code;
}
