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
    public static async Task<byte[]> ReadBodyAsync(HttpContext context, long maxBytes, Func<SidecarFault> tooLarge)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
                throw tooLarge();
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
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
