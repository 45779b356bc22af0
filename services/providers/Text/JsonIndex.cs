using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gateway.Providers.Text;

/// <summary>
/// Where the values of a JSON text are, found in one pass over it. What <see cref="JsonDocument"/> does, but for strings with escapes, which
/// that goes through byte by byte; and here they are most of a request.
/// <code>
///   {"a":[1,2],"b":3}      row   0 {…}    1 a […]    2 1    3 2    4 b 3
///                         next   5        4          3      4      5         the row after a value and all that is in it
/// </code>
/// </summary>
internal sealed class JsonIndex : IDisposable
{
    private const int MinRows = 64;
    private const int BytesPerRow = 64;

    private readonly ReadOnlyMemory<byte> _json;
    private Row[] _rows;
    private int _count;

    /// <exception cref="JsonException">The text is not one valid JSON value.</exception>
    public JsonIndex(ReadOnlyMemory<byte> json)
    {
        _json = json;
        _rows = ArrayPool<Row>.Shared.Rent(Math.Min(MinRows + (json.Length / BytesPerRow), 4096));
        try
        {
            var cursor = new JsonCursor(json.Span);
            Add(ref cursor, default);
            cursor.End();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Value Root => new(this, 0);

    public void Dispose()
    {
        var rows = _rows;
        _rows = [];
        if (rows.Length > 0)
            ArrayPool<Row>.Shared.Return(rows);
    }

    private void Add(ref JsonCursor cursor, Name name)
    {
        if (_count == _rows.Length)
            Grow();
        var row = _count++;
        var start = cursor.Start();
        if (cursor.Enter('{'))
        {
            while (cursor.MemberAt(out var at, out var length, out var escaped))
                Add(ref cursor, new Name(at, length, escaped));
        }
        else if (cursor.Enter('['))
        {
            while (cursor.Item())
                Add(ref cursor, default);
        }
        else
        {
            cursor.Skip();
        }

        _rows[row] = new Row(name, RawValue.KindOf(_json.Span[start]), start, cursor.Position - start, _count);
    }

    private void Grow()
    {
        var larger = ArrayPool<Row>.Shared.Rent(_rows.Length * 2);
        _rows.CopyTo(larger, 0);
        ArrayPool<Row>.Shared.Return(_rows);
        _rows = larger;
    }

    /// <summary>The name of a member, within its quotes.</summary>
    private readonly record struct Name(int Start, int Length, bool Escaped);

    /// <param name="Next">The row after the value and all that is in it.</param>
    private readonly record struct Row(Name Name, JsonValueKind Kind, int Start, int Length, int Next);

    /// <summary>A value by its place in the index; undefined where there is none.</summary>
    public readonly struct Value(JsonIndex? index, int row)
    {
        public RawValue Raw => index is null ? default : new RawValue(index._json.Slice(index._rows[row].Start, index._rows[row].Length));

        public JsonValueKind Kind => index is null ? JsonValueKind.Undefined : index._rows[row].Kind;

        private ReadOnlySpan<byte> RawName => index!._json.Span.Slice(index._rows[row].Name.Start, index._rows[row].Name.Length);

        public string Name => JsonText.ReadContent(RawName);

        /// <summary>Whether the member has one of these names, without making a string of its own.</summary>
        public bool IsNamed(params ReadOnlySpan<string> names)
        {
            var at = index!._rows[row].Name;
            if (at.Escaped)
                return names.Contains(Name);
            foreach (var name in names)
            {
                if (name.Length == at.Length && Ascii.Equals(RawName, name))
                    return true;
            }

            return false;
        }

        /// <summary>An object's member; of several with the same name the last.</summary>
        public Value Member(string name)
        {
            var found = default(Value);
            if (Kind != JsonValueKind.Object)
                return found;
            foreach (var member in this)
            {
                if (member.IsNamed(name))
                    found = member;
            }

            return found;
        }

        /// <summary>The items of an array, the members of an object.</summary>
        public Enumerator GetEnumerator() => new(index, index is null ? 0 : row + 1, index is null ? 0 : index._rows[row].Next);

        public struct Enumerator(JsonIndex? index, int next, int end)
        {
            public Value Current { get; private set; }

            public bool MoveNext()
            {
                if (next >= end)
                    return false;
                Current = new Value(index, next);
                next = index!._rows[next].Next;
                return true;
            }
        }
    }
}
