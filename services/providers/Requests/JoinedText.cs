using System.Text;

namespace Gateway.Providers.Requests;

/// <summary>Texts put together, which stay what they are as long as there is only one.</summary>
internal struct JoinedText
{
    private RequestText _first;
    private StringBuilder? _more;

    public readonly bool IsEmpty => _more is null && _first.IsEmpty;

    /// <param name="separator">Between it and what is there already.</param>
    public void Add(RequestText text, string separator)
    {
        if (IsEmpty)
            _first = text;
        else
            (_more ??= new StringBuilder(_first.ToString())).Append(separator).Append(text);
    }

    public readonly RequestText Text => _more is null ? _first : _more.ToString();
}
