using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Hosting;

/// <summary>
/// Bodies of requests, read whole into one pooled buffer: what may have to be sent a second time needs all of it, and reading it whole costs
/// half the CPU of streaming it through.
/// </summary>
public static class RequestBodies
{
    /// <summary>Of a body whose length nobody says.</summary>
    private const int UnknownBytes = (16 * 1024) - PooledBuffer.LeastRoom;

    /// <summary>The body of a call from one of our services or from the sidecar.</summary>
    /// <exception cref="GatewayException">It is larger than <see cref="ServiceHost.MaxBodyBytes"/>.</exception>
    public static async ValueTask<PooledBuffer> ReadAsync(HttpRequest request)
    {
        var buffer = ForLength(Sidecar.LengthOf(request));
        try
        {
            return await buffer.TryReadAsync(request.Body, ServiceHost.MaxBodyBytes, request.HttpContext.RequestAborted) ? buffer : throw TooLarge();
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>A buffer for a body of this length, which need not be true; it grows if it has to. What would be refused gets no room ahead.</summary>
    public static PooledBuffer ForLength(long? announced) =>
        new((announced is <= ServiceHost.MaxBodyBytes ? (int)announced : UnknownBytes) + PooledBuffer.LeastRoom);

    public static GatewayException TooLarge(Exception? cause = null) =>
        new(
            ErrorKind.RequestTooLarge,
            $"The request body exceeds {ServiceHost.MaxBodyBytes / (1024 * 1024)} MiB. Send fewer or smaller images and documents.",
            cause);
}
