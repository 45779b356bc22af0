using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Sse;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Carries one call to its provider and the answer back.
/// <code>
///                    +--(2) read whole-------+        +--(4) send, with credential ---->+
///   caller -(1)-> headers: which provider    +-(3)--> breaker, places                   provider
///          &lt;-----(7) first bytes, then copy---(6)--- judge: pass, next credential, &lt;-(5)--+
///                    or the whole body              once more
/// </code>
/// Up to (6) anything can still become another attempt or an honest status; from (7) on a failure can only end the stream with a mark.
/// </summary>
internal sealed class Forwarder(
    UpstreamRegistry upstreams, ProviderPlaces places, SecretSource secrets, SecretMask mask, Drain drain, TimeProvider time, ILogger<Forwarder> log)
{
    /// <summary>A connection that could not be made is tried once more after this.</summary>
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>A call never costs more attempts than this, however many credentials there are (rule E130).</summary>
    private const int MaxAttempts = 4;

    private const int MaxCause = 200;

    public async Task HandleAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        string? requestId = null;
        var attempts = 0;
        try
        {
            // (1)
            var call = CallRequest.From(headers);
            requestId = call.RequestId;
            var upstream = upstreams.Get(call.Provider);
            var url = upstream.Url(call.IsExplained ? call with { Operation = Operations.Generate } : call)
                ?? throw new GatewayException(ErrorKind.NotFound, $"Provider '{upstream.Name}' has no operation '{call.Operation}'.");

            // (2) A call that can be repeated needs the whole body, and to send it with its length is cheaper too.
            var body = await RequestBodies.ReadAsync(context.Request);
            // It is held until the end of the answer: not in an array many times its size.
            body.Trim();

            // (3)
            using var place = call.IsExplained ? default : await places.TakeAsync(upstream, context.RequestAborted);
            var outgoing = Outgoing.Of(call, upstream, headers, body.WrittenMemory);
            if (call.IsExplained)
                await Explanation.WriteAsync(context, call, upstream, url, outgoing, new CredentialTries(upstream, secrets, call));
            else
                await CallAsync(context, call, upstream, url, outgoing, () => ++attempts);
            // Only on success: a call that was given up may still be sending the body, which is then left to the garbage collector.
            outgoing.Dispose();
            body.Dispose();
        }
        catch (GatewayException e) when (!context.Response.HasStarted)
        {
            Log.CallFailed(
                log, ErrorTable.Of(e.Kind).Level, requestId, headers[GatewayHeaders.Provider].ToString(), attempts, e.Kind, e.Message,
                // Of an answer that is no HTTP it repeats what came.
                e.InnerException is { } cause ? LogText.Of(mask.Apply(cause.Message), MaxCause) : null);
            context.Response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
            throw;
        }
    }

    private async Task CallAsync(HttpContext context, CallRequest call, Upstream upstream, Uri url, Outgoing outgoing, Func<int> count)
    {
        var tries = new CredentialTries(upstream, secrets, call);
        if (!await tries.StartAsync())
        {
            var names = string.Join(" or ", upstream.Entry.SecretNames.Select(n => $"'{n}'"));
            throw new GatewayException(
                ErrorKind.ProviderCredentials,
                $"Provider '{upstream.Name}' has no credential: the secret {names} is not there, or the secret store could not be read. Set it and try again.");
        }

        using var deadline = new Deadline(context.RequestAborted, drain.Ending);
        var mayRepeat = call.IsFirstTry;
        while (true)
        {
            var breakers = EnterBreakers(upstream, call.Model);
            var attempt = count();
            UpstreamAnswer answer;
            try
            {
                // (4) (5)
                answer = await Attempt.SendAsync(upstream, url, context.Request.Headers, outgoing, tries, call.Stream, deadline);
            }
            catch (ProviderFailure e)
            {
                RecordFailure(upstream, call, breakers, e);
                if (!e.NeverArrived || !mayRepeat || attempt >= MaxAttempts || deadline.TimedOut || deadline.Stopping)
                    throw;
                deadline.Pause();
                mayRepeat = false;
                await Task.Delay(ReconnectDelay, time, deadline.Token);
                continue;
            }
            catch
            {
                breakers.Abandoned();
                throw;
            }

            using (answer)
            {
                // (6)
                RecordOutcome(upstream, call, breakers, answer);
                // Neither we nor a service behind us may be led elsewhere by a provider; a real API does not try to.
                if (answer.Status is >= 300 and < 400)
                    throw new ProviderFailure(
                        ErrorKind.ProviderProtocol,
                        $"Provider '{upstream.Name}' answered with a redirect ({answer.Status}). Its baseUrl in the catalog is probably not the right one.");
                var refusal = RefusalRules.Of(answer);
                if (refusal == Refusal.Credential)
                {
                    Log.CredentialRefused(log, upstream.Name, tries.Name ?? "(none)", answer.Status);
                    if (attempt < MaxAttempts && (tries.Renews(answer) || await tries.AfterRefusalAsync()))
                        continue;
                    RecordFailure(upstream, call, breakers, answer);
                }
                else if (refusal == Refusal.Busy && answer.Status == StatusCodes.Status429TooManyRequests
                    && await tries.AfterLimitAsync(RefusalRules.Rest(answer, time.GetUtcNow())) && attempt < MaxAttempts)
                {
                    continue;
                }
                else if (refusal == Refusal.Busy && mayRepeat && attempt < MaxAttempts && RefusalRules.Wait(answer) is { } wait)
                {
                    mayRepeat = false;
                    await Task.Delay(wait, time, deadline.Token);
                    continue;
                }
                else if (refusal == Refusal.None)
                {
                    tries.Accepted();
                }

                // (7)
                Log.Answered(log, call.RequestId, upstream.Name, answer.Status, attempt);
                PutDropped(context, outgoing.Door);
                await CopyAnswerAsync(context, call, upstream, answer, attempt, deadline);
                return;
            }
        }
    }

    /// <summary>Together with what the calling service has left out itself.</summary>
    private static void PutDropped(HttpContext context, DoorRequest? door)
    {
        if (door is { Dropped.Count: > 0 })
            context.Response.Headers[GatewayHeaders.Dropped] = string.Join(", ", context.Request.Headers[GatewayHeaders.Dropped].Concat(door.Dropped));
    }

    private async ValueTask CopyAnswerAsync(HttpContext context, CallRequest call, Upstream upstream, UpstreamAnswer answer, int attempts, Deadline deadline)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        ProviderHeaders.CopyToResponse(answer.Response, response, mask, upstream.Profile.Login is not null);
        response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
        if (!answer.IsStream)
        {
            mask.Apply(answer.Body.WrittenForChange);
            if (answer.Status is not (204 or 304))
                response.ContentLength = answer.Body.WrittenCount;
            await response.Body.WriteAsync(answer.Body.WrittenMemory, deadline.Token);
            return;
        }

        var output = response.BodyWriter;
        var copier = new StreamCopier(output, mask, upstream.Name, deadline, upstream.Entry.Timeouts.IdleMs);
        if (await copier.CopyAsync(answer.Body, answer.Remaining) is not { } failure)
            return;
        // The caller's sidecar would turn a broken connection into a clean end, so the end itself is clean and the reason in-band.
        Log.StreamBroke(log, call.RequestId, upstream.Name, failure.Kind, failure.Message);
        SseAbort.Write(output, failure.Kind);
        await output.FlushAsync(context.RequestAborted);
    }

    private static Breakers.Entry EnterBreakers(Upstream upstream, string model)
    {
        if (upstream.Breakers.TryEnter(model, out var entry, out var retryAfter))
            return entry;
        var what = entry.IsModelShut ? $"Model '{model}' of provider '{upstream.Name}'" : $"Provider '{upstream.Name}'";
        throw new GatewayException(ErrorKind.ProviderOverloaded, $"{what} has been failing, so calls to it are paused. Try again shortly.")
        {
            RetryAfterSeconds = (int)Math.Ceiling(retryAfter.TotalSeconds),
        };
    }

    /// <summary>A credential that is refused says nothing yet: another one may be accepted.</summary>
    private void RecordOutcome(Upstream upstream, CallRequest call, in Breakers.Entry breakers, UpstreamAnswer answer)
    {
        if (answer.Status >= 500 || RefusalRules.BeginsOverloaded(answer))
            RecordFailure(upstream, call, breakers, answer);
        else if (RefusalRules.Of(answer) == Refusal.Credential)
            breakers.Abandoned();
        else if (breakers.Succeeded())
            Log.BreakerClosed(log, upstream.Name);
    }

    private void RecordFailure(Upstream upstream, CallRequest call, in Breakers.Entry breakers, UpstreamAnswer answer)
    {
        if (RefusalRules.Names(answer, call.Model) ? breakers.ModelFailed(answered: true) : breakers.ProviderFailed())
            Log.BreakerOpened(log, upstream.Name, call.Model);
    }

    private void RecordFailure(Upstream upstream, CallRequest call, in Breakers.Entry breakers, ProviderFailure failure)
    {
        if (failure.Kind == ErrorKind.Interrupted)
            breakers.Abandoned();
        else if (failure.Kind == ErrorKind.ProviderTimeout ? breakers.ModelFailed(answered: false) : breakers.ProviderFailed())
            Log.BreakerOpened(log, upstream.Name, call.Model);
    }
}
