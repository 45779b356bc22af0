using System.Buffers;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Clouds;

/// <summary>What is cut out of the bytes of a body, or put in between; all else stays as it is.</summary>
internal sealed class BodyEdits
{
    private readonly List<Edit> _edits = [];

    public bool Any => _edits.Count > 0;

    public void Add(int start, int length, byte[] replacement) => _edits.Add(new(start, length, replacement));

    /// <summary>The body with the edits, which belongs to the caller.</summary>
    public PooledBuffer Apply(ReadOnlySpan<byte> body)
    {
        // What is put in comes before what is cut out at the same place.
        _edits.Sort(static (a, b) => (a.Start, a.Length).CompareTo((b.Start, b.Length)));
        var length = body.Length;
        foreach (var edit in _edits)
            length += edit.Replacement.Length - edit.Length;
        var edited = new PooledBuffer(length + PooledBuffer.LeastRoom);
        var at = 0;
        foreach (var edit in _edits)
        {
            edited.Write(body[at..edit.Start]);
            edited.Write(edit.Replacement);
            at = edit.Start + edit.Length;
        }

        edited.Write(body[at..]);
        return edited;
    }

    private readonly record struct Edit(int Start, int Length, byte[] Replacement);

    /// <summary>Cuts members out of an object together with the commas that go with them.</summary>
    internal struct Members
    {
        private readonly BodyEdits _edits;
        private readonly int _open;
        private int _keptEnd;
        private int _start;
        private int _cutEnd;

        /// <param name="edits">Gets the cuts.</param>
        /// <param name="open">After the brace.</param>
        public Members(BodyEdits edits, int open)
        {
            _edits = edits;
            _open = _keptEnd = open;
            _cutEnd = -1;
        }

        /// <summary>Whether any member stays.</summary>
        public bool Any { get; private set; }

        public void Begin(int start) => _start = start;

        public void End(ref JsonCursor cursor, bool goes)
        {
            if (goes && Any)
            {
                // With the comma before it.
                _edits.Add(_keptEnd, cursor.Position - _keptEnd, []);
                _keptEnd = cursor.Position;
            }
            else if (goes)
            {
                _cutEnd = cursor.Position;
            }
            else
            {
                // All before the first that stays goes with the comma after it.
                if (_cutEnd >= 0 && !Any)
                    _edits.Add(_open, _start - _open, []);
                Any = true;
                _keptEnd = cursor.Position;
            }
        }

        public readonly void Finish()
        {
            if (!Any && _cutEnd >= 0)
                _edits.Add(_open, _cutEnd - _open, []);
        }
    }
}
