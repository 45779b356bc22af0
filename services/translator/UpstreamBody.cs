using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;

namespace Gateway.Translator;

/// <summary>
/// The body of a provider's answer, which by its first bytes says itself what it is: events, or JSON. Its content type does not: it is left out, spelt
/// at will, or a proxy's own.
/// </summary>
internal sealed class UpstreamBody : IAsyncDisposable
{
    private const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Most whole answers are smaller.</summary>
    private const int InitialBytes = 8 * 1024;

    private readonly Stream _stream;
    private readonly PooledBuffer _read = new(InitialBytes);

    private UpstreamBody(Stream stream) => _stream = stream;

    public Stream Rest => _stream;

    public bool IsEvents { get; private set; }

    /// <summary>Returns when enough has come to tell.</summary>
    public static async Task<UpstreamBody> OpenAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new UpstreamBody(await response.Content.ReadAsStreamAsync(cancellationToken));
        try
        {
            while (true)
            {
                var read = await body._stream.ReadAsync(body._read.GetMemory(), cancellationToken);
                body._read.Advance(read);
                if (Tell(body._read.WrittenSpan, read == 0) is not { } events)
                {
                    // Blanks keep a connection alive and mean nothing, however many come.
                    if (body._read.WrittenCount >= InitialBytes)
                        body._read.Clear();
                    continue;
                }

                body.IsEvents = events;
                return body;
            }
        }
        catch (Exception e)
        {
            await body.DisposeAsync();
            if (e is IOException or HttpRequestException)
                throw Broken(e);
            throw;
        }
    }

    public SseReader Events() => new(_stream, first: _read.WrittenSpan);

    /// <summary>All of it.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _read.TryReadAsync(_stream, MaxBytes, cancellationToken)
                ? _read.WrittenMemory
                : throw new GatewayException(ErrorKind.ProviderProtocol, $"The provider's answer is larger than {MaxBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Broken(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _read.Dispose();
        await _stream.DisposeAsync();
    }

    /// <summary>No JSON begins with a letter that a field of an event begins with. Null: nothing has come but blanks.</summary>
    private static bool? Tell(ReadOnlySpan<byte> bytes, bool ended)
    {
        var mark = "\uFEFF"u8;
        if (!ended && bytes.Length < mark.Length && mark.StartsWith(bytes))
            return null;
        if (bytes.StartsWith(mark))
            bytes = bytes[mark.Length..];
        bytes = bytes.TrimStart(" \t\r\n"u8);
        // Of nothing at all a stream's reader says the truth: it broke off.
        return bytes.Length > 0 ? bytes[0] is (byte)':' or (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' : ended ? true : null;
    }

    private static GatewayException Broken(Exception e) => new(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.", e);
}
