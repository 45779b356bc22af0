using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>A tool the client runs.</summary>
/// <param name="InputSchema">As sent; absent where the tool has none.</param>
public sealed record Tool(string Name, RequestText? Description, RawValue InputSchema, bool Strict, CacheControl? Cache);
