using Gateway.Providers.Requests;

namespace Gateway.Providers.Tools;

/// <summary>
/// Tool names on both sides: what a provider would refuse is shortened the same way every time (rule E55), and what comes back is turned
/// into a name of the request, also when the provider decorated it (rule E19).
/// </summary>
public sealed class ToolNames
{
    private const int HashLength = 8;

    private readonly int _maxLength;
    private readonly Dictionary<string, string> _clientByUpstream = new(StringComparer.Ordinal);

    public ToolNames(IEnumerable<Tool> tools, int maxLength = 64)
    {
        _maxLength = maxLength;
        foreach (var tool in tools)
            _clientByUpstream[ToUpstream(tool.Name)] = tool.Name;
    }

    public bool IsKnown(string upstreamName) => _clientByUpstream.ContainsKey(upstreamName);

    public string ToUpstream(string name)
    {
        if (name.Length <= _maxLength && !name.AsSpan().ContainsAnyExcept(Identifiers.Characters))
            return name;
        var head = name.Length <= _maxLength - HashLength - 1 ? name : name[..(_maxLength - HashLength - 1)];
        return $"{Identifiers.Clean(head)}_{ShortHash.Of(name, HashLength)}";
    }

    public string ToClient(string upstreamName)
    {
        if (_clientByUpstream.TryGetValue(upstreamName, out var name))
            return name;
        var prefix = upstreamName.LastIndexOfAny([':', '.', '/']);
        return prefix >= 0 && _clientByUpstream.TryGetValue(upstreamName[(prefix + 1)..], out name) ? name : upstreamName;
    }
}
