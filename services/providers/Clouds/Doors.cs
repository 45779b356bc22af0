using System.Collections.Frozen;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Providers.Dialects;

namespace Gateway.Providers.Clouds;

/// <summary>
/// All doors. What is known of each is from the pages named beside it and from reports of users; a value that a door has learnt since can be added in the
/// catalog (<c>betas</c>), and a refusal it has beyond these is found out by the first request (rule E114).
/// </summary>
public static class Doors
{
    /// <summary>Of the tools that Anthropic runs, or of its storage: no cloud's own engine has them.</summary>
    private static readonly (DoorFeature, DoorRule)[] AnthropicsOwn =
    [
        (DoorFeature.UrlSource, DoorRule.Refuse), (DoorFeature.FileSource, DoorRule.Refuse), (DoorFeature.WebFetch, DoorRule.Refuse),
        (DoorFeature.CodeExecution, DoorRule.Refuse), (DoorFeature.Mcp, DoorRule.Refuse), (DoorFeature.Container, DoorRule.Refuse),
        // Where a request is worked on is not left to chance.
        (DoorFeature.InferenceGeo, DoorRule.Refuse),
        (DoorFeature.CacheScope, DoorRule.Drop), (DoorFeature.AllowedCallers, DoorRule.Drop), (DoorFeature.Speed, DoorRule.Drop),
        (DoorFeature.Fallbacks, DoorRule.Drop), (DoorFeature.Diagnostics, DoorRule.Drop), (DoorFeature.ServiceTier, DoorRule.Drop),
        (DoorFeature.Tags, DoorRule.Drop), (DoorFeature.BillingPolicy, DoorRule.Drop),
    ];

    /// <summary>"Request metadata contains a value that violates the regular expression": what Claude Code sends there is JSON.</summary>
    private static readonly (DoorFeature, DoorRule)[] Amazons =
        [.. AnthropicsOwn, (DoorFeature.WebSearch, DoorRule.Refuse), (DoorFeature.UserId, new DoorRule(DoorAction.Hash, Words: "unless plain"))];

    private static readonly string[] CommonBetas =
    [
        "context-1m-2025-08-07", "context-management-2025-06-27", "computer-use-*", "thinking-display-updates-2026-08-18", "dangerous-tool-use-2026-09-03",
        "interleaved-thinking-2025-05-14",
    ];

    private static readonly FrozenDictionary<string, string> ToolSearchBeta =
        new Dictionary<string, string> { ["advanced-tool-use-2025-11-20"] = "tool-search-tool-2025-10-19" }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html</summary>
    public static Door Bedrock { get; } = new()
    {
        Name = CloudAddress.Bedrock,
        Title = "Amazon Bedrock",
        Path = static (operation, model, stream) => operation switch
        {
            Operations.Generate => $"/model/{Segment(model)}/{(stream ? "invoke-with-response-stream" : "invoke")}",
            // Newer models have no counter here.
            Operations.CountTokens when ClaudeVersion.Of(model).IsBefore(4, 7) => $"/model/{Segment(BedrockBase(model))}/count-tokens",
            _ => null,
        },
        ModelInPath = true,
        StreamInPath = true,
        BodyVersion = "bedrock-2023-05-31",
        NewVersionSince = new(4, 7, ""),
        BetasInBody = true,
        ProfileInBody = true,
        CountsWrapped = true,
        Framing = DoorFraming.EventStream,
        OwnMembers = "amazon-bedrock-",
        Betas =
        [
            .. CommonBetas, "compact-2026-01-12", "effort-2025-11-24", "fine-grained-tool-streaming-2025-05-14", "tool-search-tool-2025-10-19",
            "claude-code-20250219",
        ],
        RenamedBetas = ToolSearchBeta,
        TakesBetaWith = static (beta, version) => beta != "claude-code-20250219" || !(version.Family == "opus" && version.Is(4, 7)),
        Rules = Table(
            [
                .. Amazons,
                (DoorFeature.TopLevelCache, new DoorRule(DoorAction.Drop, static v => v.IsBefore(4, 7), "to 4.6")),
                (DoorFeature.CacheTtl, new DoorRule(DoorAction.Drop, static v => v.IsBefore(4, 7) && !v.Is(4, 5), "to 4.6 but 4.5")),
                (DoorFeature.ToolSearch, new DoorRule(DoorAction.Refuse, static v => v.IsBefore(4, 5), "to 4.4")),
                (DoorFeature.OutputFormat, new DoorRule(DoorAction.Drop, static v => !v.Is(4, 5) && !v.Is(4, 6), "but 4.5, 4.6")),
                (DoorFeature.StrictTools, new DoorRule(DoorAction.Drop, static v => !v.Is(4, 5) && !v.Is(4, 6), "but 4.5, 4.6")),
            ]),
    };

    /// <summary>https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html</summary>
    public static Door BedrockMessages { get; } = new()
    {
        Name = CloudAddress.BedrockMessages,
        Title = "Amazon Bedrock (Messages)",
        Path = static (operation, _, _) => operation == Operations.Generate ? "/anthropic/v1/messages" : null,
        Betas =
        [
            .. CommonBetas, "compact-2026-01-12", "effort-2025-11-24", "fine-grained-tool-streaming-2025-05-14", "tool-search-tool-2025-10-19",
            "claude-code-20250219", "per-turn-control-2026-07-01",
        ],
        RenamedBetas = ToolSearchBeta,
        Rules = Table([.. Amazons, (DoorFeature.OutputFormat, DoorRule.Drop), (DoorFeature.StrictTools, DoorRule.Drop)]),
    };

    /// <summary>https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html</summary>
    public static Door BedrockMantle { get; } = new()
    {
        Name = CloudAddress.BedrockMantle,
        Title = "Amazon Bedrock (Mantle)",
        Path = Messages("/anthropic/v1"),
        ProfileInBody = true,
        Betas =
        [
            .. CommonBetas, "compact-2026-01-12", "effort-2025-11-24", "fine-grained-tool-streaming-2025-05-14", "tool-search-tool-2025-10-19",
            "claude-code-20250219", "structured-outputs-2025-11-13", "web-search-2025-03-05", "per-turn-control-2026-07-01", "output-128k-*",
        ],
        RenamedBetas = ToolSearchBeta,
        Rules = Table([.. Amazons, (DoorFeature.OutputFormat, DoorRule.Drop), (DoorFeature.StrictTools, DoorRule.Drop)]),
    };

    /// <summary>Anthropic's own API behind Amazon's login: https://platform.claude.com/docs/en/build-with-claude/claude-platform-on-aws</summary>
    public static Door ClaudeAws { get; } = new()
    {
        Name = CloudAddress.ClaudeAws,
        Title = "Claude Platform on AWS",
        Path = Messages("/v1"),
        Rules = Table([(DoorFeature.Speed, DoorRule.Drop), (DoorFeature.Fallbacks, DoorRule.Drop), (DoorFeature.Diagnostics, DoorRule.Drop)]),
    };

    /// <summary>https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai</summary>
    public static Door Vertex { get; } = new()
    {
        Name = CloudAddress.Vertex,
        Title = "Vertex AI",
        Path = static (operation, model, stream) => operation switch
        {
            Operations.Generate => $"/models/{Segment(model)}:{(stream ? "streamRawPredict" : "rawPredict")}",
            Operations.CountTokens => "/models/count-tokens:rawPredict",
            _ => null,
        },
        ModelInPath = true,
        ModelStaysForCounting = true,
        BodyVersion = "vertex-2023-10-16",
        Framing = DoorFraming.SseWithVertexEvents,
        Betas =
        [
            .. CommonBetas, "compact-2026-01-12", "tool-search-tool-2025-10-19", "web-search-2025-03-05", "per-turn-control-2026-07-01",
        ],
        RenamedBetas = ToolSearchBeta,
        Rules = Table(
            [
                .. AnthropicsOwn,
                (DoorFeature.WebSearch, new DoorRule(DoorAction.Refuse, But: "web_search_20250305")),
                (DoorFeature.ToolSearch, new DoorRule(DoorAction.Refuse, static v => v.IsBefore(4, 5), "to 4.4")),
                (DoorFeature.OutputFormat, new DoorRule(DoorAction.Drop, static v => v.IsBefore(4, 7), "to 4.6")),
                (DoorFeature.StrictTools, new DoorRule(DoorAction.Drop, static v => v.IsBefore(4, 7), "to 4.6")),
            ]),
    };

    /// <summary>Anthropic's own API behind Google's login: https://platform.claude.com/docs/en/build-with-claude/overview</summary>
    public static Door ClaudeGoogle { get; } = ClaudeAws with { Name = CloudAddress.ClaudeGoogle, Title = "Claude on Google Cloud" };

    private static readonly (DoorFeature, DoorRule)[] Foundrys =
    [
        (DoorFeature.InferenceGeo, DoorRule.Refuse), (DoorFeature.Speed, DoorRule.Drop), (DoorFeature.Fallbacks, DoorRule.Drop),
        (DoorFeature.Diagnostics, DoorRule.Drop), (DoorFeature.ServiceTier, DoorRule.Drop), (DoorFeature.Tags, DoorRule.Drop),
        (DoorFeature.BillingPolicy, DoorRule.Drop),
    ];

    /// <summary>https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry</summary>
    public static Door Foundry { get; } = new()
    {
        Name = CloudAddress.Foundry,
        Title = "Microsoft Foundry",
        Path = Messages("/v1"),
        Betas =
        [
            .. CommonBetas, "effort-2025-11-24", "advanced-tool-use-2025-11-20", "structured-outputs-2025-11-13", "web-search-2025-03-05",
            "prompt-caching-scope-2026-01-05", "per-turn-control-2026-07-01", "mcp-client-*", "skills-*", "files-api-*", "code-execution-*", "web-fetch-*",
        ],
        Rules = Table(Foundrys),
    };

    /// <summary>
    /// The same for deployments that Azure hosts itself (a version of the model there), which have nothing that Anthropic runs beside the model.
    /// </summary>
    public static Door FoundryAzure { get; } = Foundry with
    {
        Name = CloudAddress.FoundryAzure,
        Title = "Microsoft Foundry (hosted on Azure)",
        Betas = [.. CommonBetas, "effort-2025-11-24", "prompt-caching-scope-2026-01-05", "per-turn-control-2026-07-01"],
        Rules = Table(
            [
                .. Foundrys,
                (DoorFeature.FileSource, DoorRule.Refuse), (DoorFeature.WebSearch, DoorRule.Refuse), (DoorFeature.WebFetch, DoorRule.Refuse),
                (DoorFeature.CodeExecution, DoorRule.Refuse), (DoorFeature.ToolSearch, DoorRule.Refuse), (DoorFeature.Mcp, DoorRule.Refuse),
                (DoorFeature.Container, DoorRule.Refuse), (DoorFeature.AllowedCallers, DoorRule.Drop), (DoorFeature.OutputFormat, DoorRule.Drop),
                (DoorFeature.StrictTools, DoorRule.Drop),
            ]),
    };

    public static IReadOnlyList<Door> All { get; } = [Bedrock, BedrockMessages, BedrockMantle, ClaudeAws, Vertex, ClaudeGoogle, Foundry, FoundryAzure];

    /// <summary>What catalogs call them.</summary>
    internal static IEnumerable<ProviderDescriptor> Descriptors { get; } =
    [
        Describe(Bedrock, CloudLogin.Amazon("bedrock", CredentialHeader.Bearer)),
        Describe(BedrockMessages, CloudLogin.Amazon("bedrock", CredentialHeader.XApiKey)),
        Describe(BedrockMantle, CloudLogin.Amazon("bedrock-mantle", CredentialHeader.XApiKey)),
        Describe(ClaudeAws, CloudLogin.Amazon("aws-external-anthropic", CredentialHeader.XApiKey)),
        Describe(Vertex, CloudLogin.Google),
        Describe(ClaudeGoogle, CloudLogin.Google),
        Describe(Foundry, CloudLogin.Azure(CredentialHeader.XApiKey)),
        Describe(FoundryAzure, CloudLogin.Azure(CredentialHeader.XApiKey)),
    ];

    /// <summary>The id without the geography of its profile.</summary>
    internal static string BedrockBase(string model)
    {
        var dot = model.IndexOf(".anthropic.", StringComparison.Ordinal);
        return dot < 0 ? model : model[(dot + 1)..];
    }

    private static ProviderDescriptor Describe(Door door, CloudLogin login) => new() { Name = door.Name, Door = door, Login = login };

    private static Func<string, string, bool, string?> Messages(string prefix) => (operation, _, _) => operation switch
    {
        Operations.Generate => prefix + "/messages",
        Operations.CountTokens => prefix + "/messages/count_tokens",
        _ => null,
    };

    /// <summary>One segment, whatever the id holds: an ARN has slashes. What may stand there as it is stays, as Anthropic's own clients send it.</summary>
    private static string Segment(string model) =>
        Uri.EscapeDataString(model).Replace("%3A", ":", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);

    private static FrozenDictionary<DoorFeature, DoorRule> Table((DoorFeature Feature, DoorRule Rule)[] rules) =>
        rules.ToFrozenDictionary(r => r.Feature, r => r.Rule);
}
