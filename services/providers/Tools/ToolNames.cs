using Gateway.Providers.Requests;

namespace Gateway.Providers.Tools;

/// <summary>
/// Tool names on both sides: what a provider would refuse is shortened the same way every time (rule E55), and what comes back is turned
/// into a name of the request, also when the provider decorated it (rule E19).
/// </summary>
public sealed class ToolNames
{
    private const int HashLength = 8;

    private const int MaxLength = 64;

    private readonly ToolNameStart _start;
    private readonly Dictionary<string, string> _clientByUpstream = new(StringComparer.Ordinal);

    public ToolNames(IEnumerable<Tool> tools, ToolNameStart start = ToolNameStart.Any)
    {
        _start = start;
        foreach (var tool in tools)
            _clientByUpstream[ToUpstream(tool.Name)] = tool.Name;
    }

    public bool IsKnown(string upstreamName) => _clientByUpstream.ContainsKey(upstreamName);

    public string ToUpstream(string name)
    {
        var begins = Begins(name);
        if (begins && name.Length <= MaxLength && !name.AsSpan().ContainsAnyExcept(Identifiers.Characters))
            return name;
        var head = begins ? name : "t_" + name;
        head = head.Length <= MaxLength - HashLength - 1 ? head : head[..(MaxLength - HashLength - 1)];
        return $"{Identifiers.Clean(head)}_{ShortHash.Of(name, HashLength)}";
    }

    private bool Begins(string name) => _start switch
    {
        ToolNameStart.Letter => name.Length > 0 && char.IsAsciiLetter(name[0]),
        ToolNameStart.LetterOrUnderscore => name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_'),
        _ => true,
    };

    /// <summary>
    /// The request's name for what a model called. Providers put namespaces in front of it (<c>functions.get_weather:0</c>), and some models
    /// the marks of their own format behind it (<c>get_weather&lt;|channel|>commentary</c>).
    /// </summary>
    public string ToClient(string upstreamName)
    {
        if (_clientByUpstream.TryGetValue(upstreamName, out var name))
            return name;
        var mark = upstreamName.IndexOf('<', StringComparison.Ordinal);
        return (mark > 0 ? LastKnown(upstreamName.AsSpan(0, mark)) : null) ?? LastKnown(upstreamName) ?? upstreamName;
    }

    /// <summary>The last piece that is a tool of the request, of those that everything no name can hold divides.</summary>
    private string? LastKnown(ReadOnlySpan<char> decorated)
    {
        var names = _clientByUpstream.GetAlternateLookup<ReadOnlySpan<char>>();
        while (decorated.Length > 0)
        {
            var end = decorated.LastIndexOfAny(Identifiers.Characters);
            if (end < 0)
                return null;
            decorated = decorated[..(end + 1)];
            var start = decorated.LastIndexOfAnyExcept(Identifiers.Characters) + 1;
            if (names.TryGetValue(decorated[start..], out var name))
                return name;
            decorated = decorated[..start];
        }

        return null;
    }
}
