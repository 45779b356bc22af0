using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>An answer that has begun: a whole body, or the first bytes of a stream with the rest to come.</summary>
internal sealed class UpstreamAnswer(HttpResponseMessage response, Stream stream, PooledBuffer body, bool isStream) : IDisposable
{
    public HttpResponseMessage Response { get; } = response;

    public int Status => (int)Response.StatusCode;

    /// <summary>The whole body, or the first bytes of a stream.</summary>
    public PooledBuffer Body { get; } = body;

    /// <summary>What follows <see cref="Body"/>, with any compression taken off.</summary>
    public Stream Remaining { get; } = stream;

    public bool IsStream { get; } = isStream;

    public void Dispose()
    {
        Body.Dispose();
        Remaining.Dispose();
        Response.Dispose();
    }
}
