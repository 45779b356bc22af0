namespace Gateway.Providers.Requests;

/// <summary>
/// The tools that are offered once the conversation has come to its end: those of the request and what has changed on the way. A deferred
/// one is offered from where something has loaded it (rule E96), one that was withdrawn no more, one that was added from there on. Those that
/// come later go last, so that the beginning of the prompt stays what it was.
/// </summary>
internal sealed class ToolList
{
    private readonly Dictionary<string, Tool> _known = new(StringComparer.Ordinal);
    private readonly List<string> _offered = [];
    private HashSet<string>? _removed;

    /// <summary>The deferred ones have a way in: something that finds them is offered.</summary>
    private bool _loads;

    public bool IsKnown(string name) => _known.ContainsKey(name);

    public bool HasDeferred => _offered.Count < _known.Count;

    /// <summary>Not offered yet, and not withdrawn either.</summary>
    public bool IsDeferred(string name) => _known.ContainsKey(name) && !_offered.Contains(name) && _removed?.Contains(name) != true;

    /// <returns>False where there is one of this name already.</returns>
    public bool Declare(Tool tool, bool deferred)
    {
        if (!_known.TryAdd(tool.Name, tool))
            return false;
        _loads |= !deferred;
        if (!deferred)
            _offered.Add(tool.Name);
        return true;
    }

    /// <summary>Anthropic's own search finds nothing here, so nothing waits for it.</summary>
    public void LoadAll()
    {
        foreach (var name in _known.Keys)
            Offer(name);
    }

    /// <summary>All that was declared, where none could have been found: a list of deferred tools alone.</summary>
    public void LoadIfNothingElse()
    {
        if (!_loads)
            LoadAll();
    }

    public void Add(Tool tool)
    {
        _known[tool.Name] = tool;
        Offer(tool.Name);
    }

    /// <summary>A tool of the request is offered from here on; names of others say nothing.</summary>
    public void Offer(string name)
    {
        if (_known.ContainsKey(name) && !_offered.Contains(name))
            _offered.Add(name);
    }

    public void Remove(string name)
    {
        _offered.Remove(name);
        (_removed ??= new(StringComparer.Ordinal)).Add(name);
    }

    public IReadOnlyList<Tool> Offered()
    {
        var tools = new Tool[_offered.Count];
        for (var i = 0; i < tools.Length; i++)
            tools[i] = _known[_offered[i]];
        return tools;
    }
}
