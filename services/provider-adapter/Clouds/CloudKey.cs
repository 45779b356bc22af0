using System.Net.Http.Headers;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>What makes a request one of ours in the eyes of a cloud.</summary>
internal abstract class CloudKey
{
    /// <summary>Why there are no credentials at the moment; null where there are.</summary>
    public abstract string? Problem { get; }

    /// <summary>Puts it on a request that is otherwise complete.</summary>
    /// <returns>What it was, for <see cref="Refused"/>.</returns>
    /// <exception cref="Contracts.Errors.GatewayException">There are no credentials.</exception>
    public abstract ValueTask<object> ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>After a refusal. True where the same request may be taken with what there is now.</summary>
    /// <param name="used">What <see cref="ApplyAsync"/> gave.</param>
    public abstract bool Refused(object used, HttpResponseHeaders headers, ReadOnlySpan<byte> body);
}
