using System.Text.Json;

namespace Gateway.Providers.Requests;

/// <summary>A tool the client runs.</summary>
/// <param name="InputSchema">As sent; undefined where the tool has none.</param>
public sealed record Tool(string Name, RequestText? Description, JsonElement InputSchema, bool Strict, CacheControl? Cache);
