using System.Buffers;
using System.Net.Http.Headers;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>An answer that has begun: a whole body, or the first bytes of a stream with the rest to come.</summary>
internal sealed class UpstreamAnswer(HttpResponseMessage response, Stream stream, PooledBuffer body, bool isStream) : IDisposable
{
    public HttpResponseMessage Response { get; } = response;

    public int Status { get; private set; } = (int)response.StatusCode;

    /// <summary>The whole body, or the first bytes of a stream.</summary>
    public PooledBuffer Body { get; } = body;

    /// <summary>What follows <see cref="Body"/>, with any compression taken off.</summary>
    public Stream Remaining { get; } = stream;

    public bool IsStream { get; } = isStream;

    /// <summary>The credentials of a cloud that it was asked with; null where there were none.</summary>
    public object? Used { get; init; }

    /// <summary>Says the same in Anthropic's words. For a whole body.</summary>
    public void Replace(int status, ReadOnlySpan<byte> json)
    {
        Status = status;
        Body.Clear();
        Body.Write(json);
        Response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public void Dispose()
    {
        Body.Dispose();
        Remaining.Dispose();
        Response.Dispose();
    }
}
