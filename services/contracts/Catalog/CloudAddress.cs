using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>
/// Where a provider in a cloud is, which its entry says by <c>region</c>, <c>project</c>, <c>resource</c> or <c>workspace</c> in place of an address. A
/// <c>baseUrl</c> beside them replaces scheme and host only: a private endpoint, a FIPS host, a proxy.
/// </summary>
public static class CloudAddress
{
    public const string Bedrock = "bedrock";
    public const string BedrockMessages = "bedrock-messages";
    public const string BedrockMantle = "bedrock-mantle";
    public const string ClaudeAws = "claude-aws";
    public const string Vertex = "vertex";
    public const string ClaudeGoogle = "claude-google";
    public const string VertexGemini = "vertex-gemini";
    public const string Foundry = "foundry";
    public const string FoundryAzure = "foundry-azure";
    public const string AzureOpenAi = "azure-openai";

    /// <summary>Of Google's clouds, where an entry names none.</summary>
    private const string Global = "global";

    /// <summary>The base URL without a trailing slash: the cloud's, else what the entry says. Null where a part of it is missing.</summary>
    /// <param name="name">The provider's, which its descriptor's is unless the entry names another.</param>
    public static string? Of(string name, ProviderEntry entry)
    {
        if (Missing(name, entry).Count > 0)
            return null;
        var given = entry.BaseUrl?.TrimEnd('/');
        if (!IsCloud(name, entry))
            return given;
        var region = entry.Region ?? Global;
        return (entry.Descriptor ?? name) switch
        {
            Bedrock or BedrockMessages => given ?? $"https://bedrock-runtime.{region}.amazonaws.com{(IsChinese(region) ? ".cn" : "")}",
            BedrockMantle => given ?? $"https://bedrock-mantle.{region}.api.aws",
            ClaudeAws => given ?? $"https://aws-external-anthropic.{region}.api.aws",
            Vertex => $"{given ?? GoogleHost(region)}/v1/{Place(entry, region)}/publishers/anthropic",
            // https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
            VertexGemini => $"{given ?? GoogleHost(region)}/v1/{Place(entry, region)}/publishers/google",
            ClaudeGoogle =>
                $"{given ?? "https://claude.googleapis.com"}/v1/{Place(entry, region)}/workspaces/{Uri.EscapeDataString(entry.Workspace!)}/invoke",
            Foundry or FoundryAzure => $"{given ?? $"https://{entry.Resource}.services.ai.azure.com"}/anthropic",
            AzureOpenAi => given ?? $"https://{entry.Resource}.openai.azure.com/openai/v1",
            _ => given,
        };
    }

    /// <summary>Whether a provider of this name, or descriptor, gets its address from its place in a cloud.</summary>
    public static bool IsCloud(string name, ProviderEntry entry) => Needs(name, entry) is not null;

    /// <summary>
    /// Whether it can be called. One in a cloud that says nothing of its place is there to be filled in: it is no mistake, and no route leads to it.
    /// </summary>
    public static bool IsComplete(string name, ProviderEntry entry) => Missing(name, entry).Count == 0;

    /// <summary>Whether an entry in a cloud has been filled in at all.</summary>
    public static bool IsBegun(ProviderEntry entry) =>
        (entry.Region ?? entry.Project ?? entry.Resource ?? entry.Workspace ?? entry.BaseUrl) is not null || entry.SecretNames.Count > 0;

    /// <summary>The members that an entry still needs.</summary>
    public static IReadOnlyList<string> Missing(string name, ProviderEntry entry)
    {
        List<string>? missing = null;
        foreach (var member in Needs(name, entry) ?? [])
        {
            var value = member switch
            {
                "region" => entry.Region,
                "project" => entry.Project,
                "workspace" => entry.Workspace,
                _ => entry.Resource ?? entry.BaseUrl,
            };
            if (string.IsNullOrWhiteSpace(value))
                (missing ??= []).Add(member);
        }

        return missing ?? (IReadOnlyList<string>)[];
    }

    /// <summary>A provider of such a name that speaks something else is somebody's own.</summary>
    private static string[]? Needs(string name, ProviderEntry entry) => (entry.Descriptor ?? name, entry.Dialect) switch
    {
        (Bedrock or BedrockMessages or BedrockMantle, DialectNames.Anthropic) => ["region"],
        (ClaudeAws, DialectNames.Anthropic) => ["region", "workspace"],
        (Vertex, DialectNames.Anthropic) or (VertexGemini, DialectNames.Gemini) => ["project"],
        (ClaudeGoogle, DialectNames.Anthropic) => ["project", "workspace"],
        (Foundry or FoundryAzure, DialectNames.Anthropic) or (AzureOpenAi, DialectNames.OpenAiChat or DialectNames.OpenAiResponses) => ["resource"],
        _ => null,
    };

    private static bool IsChinese(string region) => region.StartsWith("cn-", StringComparison.Ordinal);

    private static string Place(ProviderEntry entry, string region) =>
        $"projects/{Uri.EscapeDataString(entry.Project!)}/locations/{Uri.EscapeDataString(region)}";

    private static string GoogleHost(string region) => region switch
    {
        Global => "https://aiplatform.googleapis.com",
        "us" or "eu" => $"https://aiplatform.{region}.rep.googleapis.com",
        _ => $"https://{region}-aiplatform.googleapis.com",
    };
}
