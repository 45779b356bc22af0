using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Outbox;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Relay;

/// <summary>
/// The way of a Messages (or count_tokens) request:
/// <code>
///   1  who asks: key text -> record          4  which routes: by priority, those the key may use
///   2  the body, whole                       5  try them in order until one answers; nothing was sent before that
///   3  the envelope, and the model it names  6  relay the answer, meter it, record it before its end is sent
/// </code>
/// </summary>
internal sealed class MessagesPipeline(
    KeyLookup keys, CatalogSource catalog, QuotaGate quota, RouteClient client, RouteRests rests, StreamRelay streams, MessageRelay messages,
    UsageRecorder recorder, UsageOutbox outbox, BodyBudget bodies, IngressOptions options, Drain drain, TimeProvider time,
    ILogger<MessagesPipeline> log)
{
    /// <summary>On top of the provider's own timeouts, which the adapter keeps: only services that hang themselves come this far.</summary>
    private static readonly TimeSpan TimeoutMargin = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer is read on after its client has left, where the key's policy is to drain.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60);

    private const int OutboxRetrySeconds = 5;

    public async Task HandleAsync(HttpContext context, string operation)
    {
        var requestId = RequestIds.Of(context);
        var started = time.GetTimestamp();
        PooledBuffer? body = null;
        BodyBudget.Share? share = null;
        Exchange? exchange = null;
        try
        {
            var key = await keys.AuthenticateAsync(context.Request, context.RequestAborted);
            var version = ApiVersion.Of(context.Request, options.Strict);
            share = bodies.Open(key.Id, context.Request.ContentLength);
            body = await ClientBody.ReadAsync(context.Request, share, options.BodyLimit);
            await SocketThreads.LeaveAsync(body.WrittenCount);
            var envelope = EnvelopeReader.Read(body.WrittenSpan, operation == Operations.CountTokens, version);
            var model = ModelFor(key, envelope.Model);
            var all = catalog.Current.RoutesOf(model);
            ulong? affinity = all.AreShared ? Affinity.Of(context.Request.Headers, envelope, body.WrittenSpan) : null;
            var routes = rests.Order(Allowed(key, model, all.Draw(affinity ?? 0)));
            exchange = new Exchange
            {
                RequestId = requestId,
                Surface = context.Request.Path.Value!,
                Operation = operation,
                Started = started,
                Key = key,
                Envelope = envelope,
                Model = model,
                BodyBytes = body.WrittenCount,
                Affinity = affinity,
                ClientTags = ClientTagsOf(context.Request),
            };
            if (exchange.IsMetered && outbox.IsFull)
                throw new GatewayException(ErrorKind.Overloaded, "The gateway cannot record usage at the moment: its disk is full or gone. Try again later.")
                {
                    RetryAfterSeconds = OutboxRetrySeconds,
                };
            if (envelope.Traits.HasFlag(RequestTraits.WebTools))
                envelope.WebUses = WebUses.Of(body.WrittenMemory);
            if (exchange.IsMetered)
                exchange.Admission = await quota.AdmitAsync(key, envelope, body.WrittenCount, model, routes, context.Response, context.RequestAborted);
            else
                await quota.AdmitCountAsync(key, context.Response, context.RequestAborted);
            await DeliverAsync(context, exchange, exchange.Admission?.Routes ?? routes, body);
        }
        finally
        {
            // Whatever way it ended: what was reserved and not used goes back.
            exchange?.Admission?.Abandon();
            body?.Dispose();
            share?.Dispose();
        }
    }

    private ModelEntry ModelFor(KeyRecord key, string requested)
    {
        var model = catalog.Current.Find(requested, out var ambiguous);
        if (ambiguous)
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested} fits several models. Use one of the ids of GET /v1/models.");
        if (model is null)
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested}");
        return KeyPolicy.Allows(key, model)
            ? model
            : throw new GatewayException(ErrorKind.Permission, $"model: this API key may not use {requested}. GET /v1/models lists what it may use.");
    }

    private static IReadOnlyList<ModelRoute> Allowed(KeyRecord key, ModelEntry model, IReadOnlyList<ModelRoute> routes)
    {
        if (!key.NativeOnly)
            return routes;
        var native = routes.Where(r => r.IsNative).ToList();
        return native.Count > 0
            ? native
            : throw new GatewayException(ErrorKind.Permission, $"model: this API key is limited to native routes, and {model.Id} has none.");
    }

    private async Task DeliverAsync(HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body)
    {
        var readsOn = exchange.Key.OnDisconnect == DisconnectPolicy.Drain ? DrainLimit : TimeSpan.Zero;
        var pings = exchange.IsStreamed ? options.PingInterval : (TimeSpan?)null;
        await using var watch = new ResponseWatch(context, time, pings, readsOn, options.WriteLimit, drain.Ending);
        var outcome = await TryRoutesAsync(context, exchange, routes, body, watch);
        if (outcome is RouteOutcome.Failed failure)
            await RespondAsync(context, exchange, failure, watch);
        else if (outcome == RouteOutcome.ClientLeft && exchange.IsMetered)
            await recorder.RecordAsync(exchange, RequestOutcome.Cancelled, StatusCodes.Status499ClientClosedRequest, null);
    }

    /// <summary>Tries the routes in order until one has answered, or none may any more. The outcome of the last one tried.</summary>
    private async Task<RouteOutcome> TryRoutesAsync(
        HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body, ResponseWatch watch)
    {
        RouteOutcome.Failed? failure = null;
        var overflowed = 0;
        foreach (var route in routes)
        {
            if (overflowed > 0 && !(route.ContextTokens > overflowed))
                continue;
            exchange.Begin(route, failure);
            var outcome = await TryRouteAsync(context, exchange, route, body, watch);
            if (outcome is not RouteOutcome.Failed failed)
                return outcome;
            failure = failed;
            Log.RouteFailed(log, options, exchange, failed);
            rests.Note(route, failed);
            // Where the catalog knows a larger window, what is too long for this one may fit there.
            if (failed.IsOverflow && route.ContextTokens is { } window)
                overflowed = window;
            // Once cancelled, the watch would cancel every further try.
            else if (!failed.MayTryNext || watch.Token.IsCancellationRequested)
                break;
        }

        return failure!;
    }

    private async Task<RouteOutcome> TryRouteAsync(HttpContext context, Exchange exchange, ModelRoute route, PooledBuffer body, ResponseWatch watch)
    {
        var timeouts = route.Provider.Timeouts;
        // The adapter sends a whole answer on when its last byte has come, a stream with its first.
        var silence = (double)timeouts.ConnectMs + timeouts.FirstByteMs + (exchange.IsStreamed ? 0 : timeouts.IdleMs);
        watch.SetIdleTimeout(TimeSpan.FromMilliseconds(silence) + TimeoutMargin);
        try
        {
            var outcome = await client.SendAsync(context.Request, exchange, route, body, watch.Token);
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

    private static Dictionary<string, string>? ClientTagsOf(HttpRequest request)
    {
        Dictionary<string, string>? tags = null;
        Add("x-claude-code-session-id", "claude_code_session");
        Add("x-claude-code-agent-id", "claude_code_agent");
        return tags;

        void Add(string header, string name)
        {
            if (request.Headers.TryGetValue(header, out var value) && value.Count == 1 && value[0] is { Length: > 0 } text)
                (tags ??= [])[name] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
        }
    }
}
