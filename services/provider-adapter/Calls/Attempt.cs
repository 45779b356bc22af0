using System.Net;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Clouds;
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
        Upstream upstream, Uri url, IHeaderDictionary headers, Outgoing outgoing, CredentialTries tries, bool stream, Deadline deadline)
    {
        HttpResponseMessage response;
        object? used;
        var timeouts = upstream.Entry.Timeouts;
        deadline.CancelAfter(timeouts.FirstByteMs);
        try
        {
            HttpRequestMessage request;
            (request, used) = await PrepareAsync(upstream, url, headers, outgoing, tries, deadline.Token);
            using var sent = request;
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
            var answer = await BeginAsync(response, upstream, stream && response.IsSuccessStatusCode, used, deadline);
            DoorAnswers.Translate(answer, upstream.Profile.Door, outgoing.Operation);
            return answer;
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

    /// <summary>The request as it is sent, signed.</summary>
    public static async ValueTask<(HttpRequestMessage Request, object? Used)> PrepareAsync(
        Upstream upstream, Uri url, IHeaderDictionary headers, Outgoing outgoing, CredentialTries tries, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(outgoing.Body),
        };
        try
        {
            var key = tries.CloudKey;
            ProviderHeaders.CopyToRequest(headers, request, upstream, key is null ? tries.Current : null, outgoing.Door);
            return (request, key is null ? null : await key.ApplyAsync(request, outgoing.Body, cancellationToken));
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    private static async ValueTask<UpstreamAnswer> BeginAsync(
        HttpResponseMessage response, Upstream upstream, bool stream, object? used, Deadline deadline)
    {
        var raw = await response.Content.ReadAsStreamAsync(deadline.Token);
        var plain = ContentDecoding.Decode(response, raw, upstream.Name);
        // A stream counts as begun with its first bytes, not with its headers: some providers send those before they have accepted the
        // request, and what fails until then can still be an honest status, or go to another route (rule E117).
        var isPlain = plain == raw;
        var announced = isPlain ? response.Content.Headers.ContentLength : null;
        if (!stream && announced > MaxAnswerBytes)
            throw TooLarge(upstream);
        if (stream)
            stream = DoorAnswers.TryReframe(response, upstream.Profile.Door, ref plain);
        var body = new PooledBuffer(stream ? FirstBytes : (int)(announced + PooledBuffer.LeastRoom ?? WholeBytes));
        try
        {
            if (stream)
                body.Advance(await plain.ReadAsync(body.GetMemory(), deadline.Token));
            else if (!await body.TryReadAsync(plain, MaxAnswerBytes, deadline.Token, () => deadline.CancelAfter(upstream.Entry.Timeouts.IdleMs)))
                throw TooLarge(upstream);
            deadline.Pause();
            if (isPlain)
                ContentDecoding.RefuseUndeclared(body.WrittenSpan, upstream.Name);
            return new UpstreamAnswer(response, plain, body, stream) { Used = used };
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
