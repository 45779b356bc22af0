using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;

namespace Gateway.ProviderAdapter.Credentials;

/// <summary>
/// Covers the credentials of all providers in whatever a provider sends back, an error that repeats a request's headers most of all. What is
/// covered keeps its length, so that nothing around it moves. What has not been read from the secret store has not been sent to anybody either.
/// </summary>
internal sealed class SecretMask
{
    /// <summary>What is shorter is a word that somebody had to write for a local model, and would be covered wherever an answer uses it.</summary>
    public const int LeastLength = 8;

    private const char Cover = '*';
    private const int BlockBytes = 4 * 1024;

    private readonly Lock _lock = new();
    private ImmutableHashSet<string> _known = [];
    private volatile Forms? _forms;

    /// <summary>From now on this is covered; also when the store has another one by now, since the provider may remember it.</summary>
    public void Learn(string secret)
    {
        if (secret.Length < LeastLength || _known.Contains(secret))
            return;
        lock (_lock)
        {
            _known = _known.Add(secret);
            _forms = new Forms(_known);
        }
    }

    /// <summary>For what is renewed every hour: one that nobody takes any more.</summary>
    public void Forget(string secret)
    {
        lock (_lock)
        {
            _known = _known.Remove(secret);
            _forms = _known.IsEmpty ? null : new Forms(_known);
        }
    }

    /// <summary>Covers what is whole among these bytes.</summary>
    public void Apply(Span<byte> bytes)
    {
        if (_forms is not { } forms || bytes.Length < LeastLength)
            return;
        var size = Math.Max(BlockBytes, 2 * forms.Longest);
        var block = ArrayPool<char>.Shared.Rent(Math.Min(size, bytes.Length));
        // One search for all of them at once exists for characters only; widening the bytes takes less than a search for each.
        for (var from = 0; bytes.Length - from >= LeastLength;)
        {
            var chars = block.AsSpan(0, Math.Min(size, bytes.Length - from));
            Encoding.Latin1.GetChars(bytes.Slice(from, chars.Length), chars);
            if (forms.Find(chars, out var at, out var length))
            {
                bytes.Slice(from + at, length).Fill((byte)Cover);
                from += at + length;
            }
            else if (from + chars.Length == bytes.Length)
            {
                break;
            }
            else
            {
                from += chars.Length - (forms.Longest - 1);
            }
        }

        ArrayPool<char>.Shared.Return(block);
    }

    public string Apply(string text)
    {
        if (_forms is not { } forms || text.Length < LeastLength || !forms.Find(text, out _, out _))
            return text;
        return string.Create(text.Length, (text, forms), static (chars, from) =>
        {
            from.text.CopyTo(chars);
            while (from.forms.Find(chars, out var at, out var length))
            {
                chars.Slice(at, length).Fill(Cover);
                chars = chars[(at + length)..];
            }
        });
    }

    /// <summary>How many bytes at the end may be the beginning of a credential, whose other part is still to come.</summary>
    public int Unsettled(ReadOnlySpan<byte> bytes)
    {
        if (_forms is not { } forms)
            return 0;
        // An event ends with what is in no credential, so there is mostly nothing to look at.
        var tail = bytes[Math.Max(0, bytes.Length - (forms.Longest - 1))..];
        tail = tail[(tail.LastIndexOfAnyExcept(forms.Bytes) + 1)..];
        for (; !tail.IsEmpty; tail = tail[1..])
        {
            if (forms.BeginsWith(tail))
                break;
        }

        return tail.Length;
    }

    /// <summary>The credentials, and how they may be written: in JSON, with its slashes escaped or not, and in a URL.</summary>
    private sealed class Forms
    {
        private readonly string[] _texts;
        private readonly byte[][] _bytes;
        private readonly SearchValues<string> _any;

        public Forms(IEnumerable<string> secrets)
        {
            _bytes =
            [
                .. secrets.SelectMany(static s => new[]
                {
                    s, s.Replace("/", "\\/", StringComparison.Ordinal), JavaScriptEncoder.Default.Encode(s),
                    JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(s), Uri.EscapeDataString(s),
                }).Distinct(StringComparer.Ordinal).OrderByDescending(static s => s.Length).Select(Encoding.UTF8.GetBytes),
            ];
            _texts = [.. _bytes.Select(Encoding.Latin1.GetString)];
            _any = SearchValues.Create(_texts, StringComparison.Ordinal);
            Longest = _bytes.Max(static b => b.Length);
            Bytes = SearchValues.Create([.. _bytes.SelectMany(static b => b).Distinct()]);
        }

        public int Longest { get; }

        public SearchValues<byte> Bytes { get; }

        /// <summary>The first one that is whole in there.</summary>
        public bool Find(ReadOnlySpan<char> text, out int at, out int length)
        {
            length = 0;
            at = text.IndexOfAny(_any);
            if (at < 0)
                return false;
            // The longest comes first.
            foreach (var form in _texts)
            {
                if (text[at..].StartsWith(form, StringComparison.Ordinal))
                {
                    length = form.Length;
                    break;
                }
            }

            return true;
        }

        public bool BeginsWith(ReadOnlySpan<byte> part)
        {
            foreach (var form in _bytes)
            {
                if (form.AsSpan().StartsWith(part))
                    return true;
            }

            return false;
        }
    }
}
