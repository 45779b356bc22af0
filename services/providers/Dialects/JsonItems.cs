using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>The objects of a raw JSON array, or all its values, as spans; none where it is no array.</summary>
internal ref struct JsonItems
{
    private readonly bool _all;
    private bool _open;
    private JsonCursor _cursor;

    public JsonItems(ReadOnlySpan<byte> json, bool all = false)
    {
        _all = all;
        if (json.Length == 0 || json[0] != '[')
            return;
        _cursor = new JsonCursor(json);
        _open = _cursor.Enter('[');
    }

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly JsonItems GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_open && (_open = _cursor.Item()))
        {
            Current = _cursor.Value();
            if (_all || Current[0] == '{')
                return true;
        }

        return false;
    }
}
