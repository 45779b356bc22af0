using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Quota;

namespace Gateway.Ingress.Relay;

/// <summary>
/// The second half of a request's way, when it is admitted and its routes are known: tries them in order, relays the answer of the first that
/// answers, says what went wrong where none does, and has the end recorded.
/// </summary>
internal sealed class Delivery(
    RouteClient client, RouteRests rests, QuotaGate quota, StreamRelay streams, MessageRelay messages, UsageRecorder recorder, IngressOptions options,
    Drain drain, TimeProvider time, ILogger<Delivery> log)
{
    /// <summary>On top of the provider's own timeouts, which the adapter keeps: only services that hang themselves come this far.</summary>
    private static readonly TimeSpan TimeoutMargin = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer is read on after its client has left, where the key's policy is to drain.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60);

    /// <summary>Over the response to a request, from before anything is sent.</summary>
    public ResponseWatch Watch(HttpContext context, Exchange exchange)
    {
        var readsOn = exchange.Key.OnDisconnect == DisconnectPolicy.Drain ? DrainLimit : TimeSpan.Zero;
        var pings = exchange.IsStreamed ? options.PingInterval : (TimeSpan?)null;
        return new ResponseWatch(context, time, pings, readsOn, options.WriteLimit, drain.Ending);
    }

    /// <summary>The outcome of the last route; the answer, or what went wrong, is on its way to the client.</summary>
    public async Task<RouteOutcome> DeliverAsync(
        HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body, ResponseWatch watch)
    {
        var outcome = await TryRoutesAsync(context, exchange, routes, body, watch);
        if (outcome is RouteOutcome.Failed failure)
            await RespondAsync(context, exchange, failure, watch);
        else if (outcome == RouteOutcome.ClientLeft && exchange.IsMetered)
            await recorder.RecordAsync(exchange, RequestOutcome.Cancelled, StatusCodes.Status499ClientClosedRequest, null);
        return outcome;
    }

    /// <summary>Tries the routes in order until one has answered, or none may any more. The outcome of the last one tried.</summary>
    private async Task<RouteOutcome> TryRoutesAsync(
        HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body, ResponseWatch watch)
    {
        RouteOutcome.Failed? failure = null;
        var overflowed = 0;
        ModelRoute? counterless = null;
        foreach (var route in routes)
        {
            if (overflowed > 0 && !(route.ContextTokens > overflowed))
                continue;
            // A provider whose rule has nothing left for this request is passed over; the first had.
            if (exchange.Admission is { } admission && !await quota.TryMoveAsync(admission, route))
                continue;
            exchange.Begin(route, failure);
            var outcome = await TryRouteAsync(context, exchange, route, body, watch);
            if (outcome is not RouteOutcome.Failed failed)
                return outcome;
            failure = failed;
            if (failed.LacksCounter)
                counterless ??= route;
            Log.RouteFailed(log, options, exchange, failed);
            rests.Note(route, failed);
            // Where the catalog knows a larger window, what is too long for this one may fit there.
            if (failed.IsOverflow && route.ContextTokens is { } window)
                overflowed = window;
            // Once cancelled, the watch would cancel every further try.
            else if (!failed.MayTryNext || watch.Token.IsCancellationRequested)
                break;
        }

        if (counterless is null || watch.Token.IsCancellationRequested)
            return failure!;
        exchange.Begin(counterless, failure);
        return await TryRouteAsync(context, exchange, counterless, body, watch, estimates: true);
    }

    private async Task<RouteOutcome> TryRouteAsync(
        HttpContext context, Exchange exchange, ModelRoute route, PooledBuffer body, ResponseWatch watch, bool estimates = false)
    {
        var timeouts = route.Provider.Timeouts;
        // The adapter sends a whole answer on when its last byte has come, a stream with its first.
        var silence = (double)timeouts.ConnectMs + timeouts.FirstByteMs + (exchange.IsStreamed ? 0 : timeouts.IdleMs);
        watch.SetIdleTimeout(TimeSpan.FromMilliseconds(silence) + TimeoutMargin);
        try
        {
            using var check = exchange.Safeguards is { } asked ? await asked.BeginAsync(exchange, route, watch.Token) : null;
            exchange.Check = check;
            var outcome = estimates
                ? await client.EstimateAsync(context.Request, exchange, route, body, watch.Token)
                : await client.SendAsync(context.Request, exchange, route, body, watch.Token);
            if (outcome is not RouteOutcome.Answered { Response: var answer })
                return outcome;
            IAnswerRelay relay = exchange.IsStreamed ? streams : messages;
            using (answer)
                return await relay.RelayAsync(context, exchange, answer, watch);
        }
        catch (OperationCanceledException) when (watch.ClientLeft)
        {
            return RouteOutcome.ClientLeft;
        }
        catch (OperationCanceledException)
        {
            return watch.Failure;
        }
    }

    /// <summary>No route answered. The last failure is the answer: with its real status, or as an event where pings have already committed one.</summary>
    private async Task RespondAsync(HttpContext context, Exchange exchange, RouteOutcome.Failed failure, ResponseWatch watch)
    {
        var info = ErrorTable.Of(failure.Kind);
        var outcome = failure.Kind is ErrorKind.ProviderTruncated or ErrorKind.ProviderTimeout or ErrorKind.Interrupted
            ? RequestOutcome.Truncated
            : RequestOutcome.Error;
        if (exchange.IsMetered)
            await recorder.RecordAsync(exchange, outcome, failure.Status, info.Type);
        var response = context.Response;
        // No ping between the check for one and the answer.
        await watch.LockAsync();
        if (response.HasStarted)
        {
            AnthropicError.WriteEvent(response.BodyWriter, info.Type, failure.Message, exchange.RequestId);
            await watch.FlushAndUnlockAsync();
            return;
        }

        try
        {
            if (failure.Upstream is { } upstream)
            {
                ResponseHeaders.Put(response, upstream.Headers, exchange);
                response.StatusCode = upstream.Status;
                response.ContentType = upstream.ContentType;
                response.ContentLength = upstream.Body.Length;
                await response.Body.WriteAsync(upstream.Body, context.RequestAborted);
            }
            else
            {
                ResponseHeaders.PutRoute(response, exchange);
                await ErrorResponse.SendAsync(response, failure.Kind, failure.Message, exchange.RequestId, failure.RetryAfterSeconds, failure.ErrorCode);
            }
        }
        finally
        {
            watch.Unlock();
        }
    }
}
