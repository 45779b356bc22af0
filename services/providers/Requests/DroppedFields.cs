namespace Gateway.Providers.Requests;

/// <summary>Names of the request fields that were left out, each once, for the <c>gateway-dropped</c> header and the usage event.</summary>
public sealed class DroppedFields
{
    private readonly List<string> _names = [];

    public IReadOnlyList<string> Names => _names;

    /// <param name="name">A field without indexes: one that occurs in fifty messages is one note.</param>
    public void Add(string name)
    {
        if (!_names.Contains(name))
            _names.Add(name);
    }

    /// <summary>Forgets what was added since there were this many.</summary>
    public void Truncate(int count) => _names.RemoveRange(count, _names.Count - count);

    public override string ToString() => string.Join(", ", _names);
}
