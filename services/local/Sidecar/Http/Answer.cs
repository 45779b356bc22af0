using System.Buffers;

namespace Gateway.Local.Sidecar.Http;

/// <summary>Answers of the sidecar's own, and the reading of small bodies.</summary>
internal static class Answer
{
    public static Task FaultAsync(HttpContext context, SidecarFault fault)
    {
        context.Response.StatusCode = fault.Status;
        return JsonAsync(context, fault.ToJson());
    }

    public static Task InvalidTokenAsync(HttpContext context)
    {
        context.Response.StatusCode = 401;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.Body.WriteAsync("invalid api token\n"u8.ToArray()).AsTask();
    }

    public static Task JsonAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static Task NoContent(HttpContext context)
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <exception cref="SidecarFault"><paramref name="tooLarge"/>, when the body is longer than the sidecar takes.</exception>
    public static Task<byte[]> ReadBodyAsync(HttpContext context, long maxBytes, Func<SidecarFault> tooLarge) =>
        ReadBodyAsync(context, maxBytes, static body => body.ToArray(), tooLarge);

    /// <summary>The body in an array of the pool, for a caller that gives it back.</summary>
    /// <exception cref="SidecarFault"><paramref name="tooLarge"/>, when the body is longer than the sidecar takes.</exception>
    public static Task<PooledBuffer> BorrowBodyAsync(HttpContext context, long maxBytes, Func<SidecarFault> tooLarge) =>
        ReadBodyAsync(context, maxBytes, static body =>
    {
        var copy = new PooledBuffer((int)body.Length);
        body.CopyTo(copy.GetSpan((int)body.Length));
        copy.Advance((int)body.Length);
        return copy;
    }, tooLarge);

    private static async Task<T> ReadBodyAsync<T>(HttpContext context, long maxBytes, Func<ReadOnlySequence<byte>, T> copy, Func<SidecarFault> tooLarge)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                // Let go of, or the server breaks the connection in place of the answer.
                reader.AdvanceTo(read.Buffer.End);
                throw tooLarge();
            }

            if (read.IsCompleted)
            {
                var body = copy(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static Dictionary<string, string> QueryMetadata(HttpRequest request)
    {
        const string Prefix = "metadata.";
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Query)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                metadata[name[Prefix.Length..]] = values.ToString();
        }

        return metadata;
    }
}
