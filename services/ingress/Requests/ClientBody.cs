using System.IO.Compression;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Ingress.Requests;

/// <summary>A client's body: any encoding taken off, and one that is too large taken off the wire so that the client gets to read the answer.</summary>
internal static class ClientBody
{
    /// <summary>So much of a request that is too large is read and thrown away before it is refused.</summary>
    private const long DrainBytes = 3 * ServiceHost.MaxBodyBytes;

    /// <param name="request">The client's.</param>
    /// <param name="share">Grows with the body; null where it is small.</param>
    /// <param name="limit">How long a body that is not small may take.</param>
    /// <exception cref="GatewayException">It is too large, too slow, not in the encoding it says, or there is no room for it.</exception>
    public static ValueTask<PooledBuffer> ReadAsync(HttpRequest request, BodyBudget.Share? share, TimeSpan limit) =>
        share is null ? ReadAsync(request, null, request.HttpContext.RequestAborted) : ReadInTimeAsync(request, share, limit);

    private static async ValueTask<PooledBuffer> ReadInTimeAsync(HttpRequest request, BodyBudget.Share share, TimeSpan limit)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        deadline.CancelAfter(limit);
        try
        {
            return await ReadAsync(request, share, deadline.Token);
        }
        catch (OperationCanceledException e) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new GatewayException(ErrorKind.ClientTooSlow, $"The request body did not arrive within {limit.TotalSeconds:0.#} seconds. Send it again.", e);
        }
    }

    private static async ValueTask<PooledBuffer> ReadAsync(HttpRequest request, BodyBudget.Share? share, CancellationToken cancellationToken)
    {
        // Our own limit in place of the server's, which would break the connection.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = DrainBytes;
        var encoding = request.Headers.ContentEncoding.ToString();
        try
        {
            if (encoding is "" or "identity")
                return await FillAsync(request.Body, request.ContentLength, share, cancellationToken);
            await using var decoded = Decode(request.Body, encoding);
            return await FillAsync(decoded, null, share, cancellationToken);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw RequestBodies.TooLarge(e);
        }
        catch (Exception e) when (BrokenEncoding.Is(e) || e is IOException { InnerException: OverflowException })
        {
            // The server says by an overflow that the length of a chunk is no number of bytes.
            throw new GatewayException(
                ErrorKind.InvalidRequest,
                e is IOException
                    ? "request body: has a chunk of an impossible size (request_body_chunk_invalid)"
                    : $"request body: is not valid {encoding} data (request_body_encoding_invalid)",
                e);
        }
    }

    private static Stream Decode(Stream body, string encoding) => encoding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress, leaveOpen: true),
        _ => throw GatewayException.Invalid(
            $"content-encoding: '{encoding}' is not supported (request_body_encoding_unsupported). Send gzip, deflate, br or no encoding."),
    };

    private static async ValueTask<PooledBuffer> FillAsync(Stream stream, long? length, BodyBudget.Share? share, CancellationToken cancellationToken)
    {
        var body = RequestBodies.ForLength(length);
        try
        {
            if (await body.TryReadAsync(stream, ServiceHost.MaxBodyBytes, cancellationToken, share?.Growing(body)))
            {
                // A byte order mark is no part of the text, and providers refuse it (rule E166).
                if (body.WrittenSpan.StartsWith("\uFEFF"u8))
                    body.RemoveStart(3);
                return body;
            }

            // A client that is still sending would see a broken connection in place of the error.
            await DrainAsync(stream, body, cancellationToken);
            throw RequestBodies.TooLarge();
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static async ValueTask DrainAsync(Stream stream, PooledBuffer body, CancellationToken cancellationToken)
    {
        body.Clear();
        var room = body.GetMemory();
        while (await stream.ReadAsync(room, cancellationToken) > 0)
        {
        }
    }
}
