using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>A tool that the client runs, or a web tool in the form that any model can be given it in: as a function.</summary>
/// <param name="InputSchema">As sent; absent where the tool has none.</param>
public sealed record Tool(string Name, RequestText? Description, RawValue InputSchema, bool Strict, CacheControl? Cache)
{
    /// <summary>Null for a tool that the client runs.</summary>
    public WebTool? Web { get; init; }
}
