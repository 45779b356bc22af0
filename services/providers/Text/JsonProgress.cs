namespace Gateway.Providers.Text;

/// <summary>Follows a JSON object that arrives in parts, to know when it is complete.</summary>
internal struct JsonProgress
{
    private int _depth;
    private bool _inString, _escaped;

    public bool IsComplete { get; private set; }

    /// <summary>How many of the bytes belong to the object: all, or those up to its closing brace.</summary>
    public int Advance(ReadOnlySpan<byte> bytes)
    {
        if (IsComplete)
            return 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (_inString)
            {
                if (_escaped)
                    _escaped = false;
                else if (b == '\\')
                    _escaped = true;
                else if (b == '"')
                    _inString = false;
                continue;
            }

            if (b == '"')
            {
                _inString = true;
            }
            else if (b is (byte)'{' or (byte)'[')
            {
                _depth++;
            }
            else if (b is (byte)'}' or (byte)']' && --_depth <= 0)
            {
                IsComplete = true;
                return i + 1;
            }
        }

        return bytes.Length;
    }
}
