using System.Buffers;
using System.IO.Compression;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Ingress.Requests;

/// <summary>
/// A request's body, whole, in one pooled buffer: it may have to be sent to a second route, and reading it whole costs half of what
/// streaming it through does.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>How many bytes of a request that is too large are read and discarded before it is refused.</summary>
    private const long DrainBytes = 3 * ServiceHost.MaxBodyBytes;

    private byte[] _buffer;
    private int _readers;
    private bool _abandoned;

    private RequestBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        Length = length;
    }

    public int Length { get; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Our own limit, so that a body over it is taken off the wire and the client gets to read the answer.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = DrainBytes;
        var encoding = request.Headers.ContentEncoding.ToString();
        try
        {
            if (encoding is "" or "identity")
                return await FillAsync(request.Body, request.ContentLength <= ServiceHost.MaxBodyBytes ? request.ContentLength : null, cancellationToken);
            await using var decoded = Decode(request.Body, encoding);
            return await FillAsync(decoded, null, cancellationToken);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        catch (InvalidDataException e)
        {
            throw new GatewayException(ErrorKind.InvalidRequest, $"request body: is not valid {encoding} data (request_body_encoding_invalid)", e);
        }
    }

    /// <summary>A sender reads the buffer until it says <see cref="Release"/>: a provider may answer before it has taken the whole body.</summary>
    public void Hold() => Interlocked.Increment(ref _readers);

    public void Release() => Interlocked.Decrement(ref _readers);

    /// <summary>Gives the buffer back to the pool, unless a sender still reads it: then the garbage collector gets it.</summary>
    public void Dispose()
    {
        if (_abandoned)
            return;
        _abandoned = true;
        if (Volatile.Read(ref _readers) == 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static Stream Decode(Stream body, string encoding) => encoding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress, leaveOpen: true),
        _ => throw GatewayException.Invalid(
            $"content-encoding: '{encoding}' is not supported (request_body_encoding_unsupported). Send gzip, deflate, br or no encoding."),
    };

    private static async ValueTask<RequestBody> FillAsync(Stream stream, long? length, CancellationToken cancellationToken)
    {
        // One byte more than announced, so that the end is seen without growing.
        var buffer = ArrayPool<byte>.Shared.Rent(length is { } known ? (int)known + 1 : 16 * 1024);
        var read = 0;
        try
        {
            while (true)
            {
                if (read > ServiceHost.MaxBodyBytes)
                {
                    await DrainAsync(stream, buffer, cancellationToken);
                    throw TooLarge();
                }

                if (read == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, read).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var count = await stream.ReadAsync(buffer.AsMemory(read), cancellationToken);
                if (count == 0)
                    return new RequestBody(buffer, read);
                read += count;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>A client that is still sending would see a broken connection in place of the error.</summary>
    private static async ValueTask DrainAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }

    private static GatewayException TooLarge() =>
        new(ErrorKind.RequestTooLarge, $"The request body exceeds {ServiceHost.MaxBodyBytes / (1024 * 1024)} MiB. Send fewer or smaller images and documents.");
}
