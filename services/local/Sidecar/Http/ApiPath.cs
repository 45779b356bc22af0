namespace Gateway.Local.Sidecar.Http;

/// <summary>
/// A request's path, cut at its slashes before anything is decoded, so that <c>a%2Fb</c> stays one segment. Doubled slashes count as one
/// (the SDK sends <c>//v1.0/actors</c>).
/// </summary>
internal readonly struct ApiPath(string raw)
{
    private readonly string[] _segments = raw.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>As it came, without the query.</summary>
    public string Raw { get; } = raw;

    public int Count => _segments.Length;

    public string this[int index] => Uri.UnescapeDataString(_segments[index]);

    public bool Is(int index, string literal) => index < _segments.Length && _segments[index] == literal;

    /// <summary>From this segment to the end, decoded.</summary>
    public string From(int index) => Uri.UnescapeDataString(RawFrom(index));

    /// <summary>From this segment to the end, as it came.</summary>
    public string RawFrom(int index) => string.Join('/', _segments[index..]);

    /// <summary>What follows the <paramref name="index"/>-th segment, as it came: empty, or from its slash on.</summary>
    public string RawAfter(int index)
    {
        var at = 0;
        for (var i = 0; i <= index; i++)
            at = Raw.IndexOf(_segments[i], at, StringComparison.Ordinal) + _segments[i].Length;
        return Raw[at..];
    }
}
