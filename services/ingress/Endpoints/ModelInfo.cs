namespace Gateway.Ingress.Endpoints;

/// <summary>A model and its true limits, in tokens; a limit that is not known is null.</summary>
/// <example>
/// {"id":"demo/echo","type":"model","display_name":"demo/echo","description":"demo · 200k context","created_at":"1970-01-01T00:00:00+00:00",
/// "lifecycle":"active","max_input_tokens":200000,"max_tokens":64000}
/// </example>
internal sealed record ModelInfo(
    string Id, string Type, string DisplayName, string Description, DateTimeOffset CreatedAt, string Lifecycle, int? MaxInputTokens, int? MaxTokens);
