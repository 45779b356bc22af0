namespace Gateway.Ingress.Endpoints;

/// <summary>A page of models.</summary>
/// <example>
/// {"data":[{"id":"demo/echo","type":"model","display_name":"demo/echo","description":"demo · 200k context",
/// "created_at":"1970-01-01T00:00:00+00:00","lifecycle":"active","max_input_tokens":200000,"max_tokens":64000}],
/// "has_more":false,"first_id":"demo/echo","last_id":"demo/echo"}
/// </example>
internal sealed record ModelList(IReadOnlyList<ModelInfo> Data, bool HasMore, string? FirstId, string? LastId);
