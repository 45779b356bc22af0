using System.Net;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>One request to a provider, up to the point where its answer can be judged.</summary>
internal static class Attempt
{
    /// <summary>Far above any answer a model gives, and below what would take the process down.</summary>
    private const int MaxAnswerBytes = 256 * 1024 * 1024;

    /// <summary>Of a stream, before its first bytes.</summary>
    private const int FirstBytes = 16 * 1024;

    /// <summary>Of a whole answer whose length nobody says. Pooled, and given back within milliseconds.</summary>
    private const int WholeBytes = 128 * 1024;

    /// <exception cref="ProviderFailure">There is no answer, or a broken one.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async ValueTask<UpstreamAnswer> SendAsync(
        Upstream upstream, Uri url, IHeaderDictionary headers, ReadOnlyMemory<byte> body, string? credential, bool stream, Deadline deadline)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(body),
        };
        ProviderHeaders.CopyToRequest(headers, request, upstream, credential);

        HttpResponseMessage response;
        var timeouts = upstream.Entry.Timeouts;
        try
        {
            deadline.CancelAfter(timeouts.FirstByteMs);
            response = await upstream.Http.SendAsync(request, deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            if (deadline.ClientLeft)
                throw new OperationCanceledException("The client left.", e);
            throw ProviderFailure.OfSending(e, upstream.Name, deadline, timeouts.FirstByteMs);
        }

        try
        {
            return await BeginAsync(response, upstream, stream && response.IsSuccessStatusCode, deadline);
        }
        catch (Exception e)
        {
            response.Dispose();
            if (e is GatewayException)
                throw;
            if (deadline.ClientLeft)
                throw new OperationCanceledException("The client left.", e);
            if (e is OperationCanceledException or HttpRequestException or IOException || BrokenEncoding.Is(e))
                throw ProviderFailure.OfReading(e, upstream.Name, deadline);
            throw;
        }
    }

    private static async ValueTask<UpstreamAnswer> BeginAsync(HttpResponseMessage response, Upstream upstream, bool stream, Deadline deadline)
    {
        var raw = await response.Content.ReadAsStreamAsync(deadline.Token);
        var plain = ContentDecoding.Decode(response, raw, upstream.Name);
        // A stream counts as begun with its first bytes, not with its headers: some providers send those before they have accepted the
        // request, and what fails until then can still be an honest status, or go to another route (rule E117).
        var announced = plain == raw ? response.Content.Headers.ContentLength : null;
        if (!stream && announced > MaxAnswerBytes)
            throw TooLarge(upstream);
        var body = new PooledBuffer(stream ? FirstBytes : (int)(announced + PooledBuffer.LeastRoom ?? WholeBytes));
        try
        {
            if (stream)
                body.Advance(await plain.ReadAsync(body.GetMemory(), deadline.Token));
            else if (!await body.TryReadAsync(plain, MaxAnswerBytes, deadline.Token, () => deadline.CancelAfter(upstream.Entry.Timeouts.IdleMs)))
                throw TooLarge(upstream);
            deadline.Pause();
            if (plain == raw)
                ContentDecoding.RefuseUndeclared(body.WrittenSpan, upstream.Name);
            return new UpstreamAnswer(response, plain, body, stream);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static ProviderFailure TooLarge(Upstream upstream) =>
        new(ErrorKind.ProviderProtocol, $"Provider '{upstream.Name}' sent an answer of more than {MaxAnswerBytes} bytes.");
}
