namespace Gateway.Providers.Clouds;

/// <summary>Parts of the Messages API that not every door takes.</summary>
public enum DoorFeature
{
    /// <summary><c>cache_control</c> of the request itself.</summary>
    TopLevelCache,
    CacheTtl,
    CacheScope,

    /// <summary><c>metadata.user_id</c> with characters that a door's own request metadata does not allow.</summary>
    UserId,
    UrlSource,
    FileSource,
    WebSearch,
    WebFetch,
    CodeExecution,
    ToolSearch,
    Mcp,
    Container,
    AllowedCallers,
    OutputFormat,
    StrictTools,
    InferenceGeo,
    Speed,
    Fallbacks,
    Diagnostics,
    ServiceTier,
    Tags,
    BillingPolicy,
}

/// <summary>How features are called in requests, in notes and in the README.</summary>
public static class DoorFeatures
{
    public static string Name(DoorFeature feature) => feature switch
    {
        DoorFeature.TopLevelCache => "cache_control",
        DoorFeature.CacheTtl => "cache_control.ttl",
        DoorFeature.CacheScope => "cache_control.scope",
        DoorFeature.UserId => "metadata.user_id",
        DoorFeature.UrlSource => "source.url",
        DoorFeature.FileSource => "source.file_id",
        DoorFeature.WebSearch => "web_search",
        DoorFeature.WebFetch => "web_fetch",
        DoorFeature.CodeExecution => "code_execution",
        DoorFeature.ToolSearch => "tool_search_tool",
        DoorFeature.Mcp => "mcp_servers",
        DoorFeature.Container => "container",
        DoorFeature.AllowedCallers => "tools.allowed_callers",
        DoorFeature.OutputFormat => "output_config.format",
        DoorFeature.StrictTools => "tools.strict",
        DoorFeature.InferenceGeo => "inference_geo",
        DoorFeature.Speed => "speed",
        DoorFeature.Fallbacks => "fallbacks",
        DoorFeature.Diagnostics => "diagnostics",
        DoorFeature.ServiceTier => "service_tier",
        DoorFeature.Tags => "tags",
        DoorFeature.BillingPolicy => "billing_policy",
        _ => throw new ArgumentOutOfRangeException(nameof(feature), feature, null),
    };

    /// <summary>The feature that a member of the request itself is.</summary>
    public static DoorFeature? OfField(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("cache_control"u8) => DoorFeature.TopLevelCache,
        _ when name.SequenceEqual("mcp_servers"u8) => DoorFeature.Mcp,
        _ when name.SequenceEqual("container"u8) => DoorFeature.Container,
        _ when name.SequenceEqual("output_format"u8) => DoorFeature.OutputFormat,
        _ when name.SequenceEqual("inference_geo"u8) => DoorFeature.InferenceGeo,
        _ when name.SequenceEqual("speed"u8) => DoorFeature.Speed,
        _ when name.SequenceEqual("fallbacks"u8) => DoorFeature.Fallbacks,
        _ when name.SequenceEqual("diagnostics"u8) => DoorFeature.Diagnostics,
        _ when name.SequenceEqual("service_tier"u8) => DoorFeature.ServiceTier,
        _ when name.SequenceEqual("tags"u8) => DoorFeature.Tags,
        _ when name.SequenceEqual("billing_policy"u8) => DoorFeature.BillingPolicy,
        _ => null,
    };

    /// <summary>The feature that a tool of the provider's own is, by its type.</summary>
    public static DoorFeature? OfTool(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.StartsWith("web_search"u8) => DoorFeature.WebSearch,
        _ when type.StartsWith("web_fetch"u8) => DoorFeature.WebFetch,
        _ when type.StartsWith("code_execution"u8) => DoorFeature.CodeExecution,
        _ when type.StartsWith("tool_search_tool"u8) => DoorFeature.ToolSearch,
        _ when type.StartsWith("mcp_toolset"u8) => DoorFeature.Mcp,
        _ => null,
    };
}
