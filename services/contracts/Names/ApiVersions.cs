namespace Gateway.Contracts.Names;

/// <summary>The values of <c>anthropic-version</c> that are live.</summary>
public static class ApiVersions
{
    public const string Header = "anthropic-version";

    public const string V2023 = "2023-06-01";

    /// <summary>Without sampling parameters, without documents in assistant messages, without citations in what the user sends.</summary>
    public const string V2026 = "2026-10-21";
}
