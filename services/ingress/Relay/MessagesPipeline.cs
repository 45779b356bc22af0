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
    KeyLookup keys, CatalogSource catalog, QuotaGate quota, RouteCall calls, StreamRelay streams, WholeRelay wholes, UsageRecorder recorder,
    IngressOptions options, TimeProvider time, ILogger<MessagesPipeline> log)
{
    private static readonly TimeSpan Backstop = TimeSpan.FromSeconds(30);

    /// <summary>So long an answer whose client has left is read on, where the key's policy is to drain.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60);

    public async Task HandleAsync(HttpContext context, string operation)
    {
        var requestId = RequestIds.Of(context);
        var started = time.GetTimestamp();
        PooledBuffer? body = null;
        Exchange? exchange = null;
        try
        {
            var key = await keys.AuthenticateAsync(context.Request, context.RequestAborted);
            var version = ApiVersion.Of(context.Request, options.Strict);
            body = await ClientBody.ReadAsync(context.Request);
            await SocketThreads.LeaveAsync(body.WrittenCount);
            var envelope = EnvelopeReader.Read(body.WrittenSpan, operation == Operations.CountTokens, version);
            var model = ModelFor(key, envelope.Model);
            var routes = RoutesFor(key, model);
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
                ClientTags = TagsOf(context.Request),
            };
            // Counting tokens costs nothing and reserves nothing (rules F14, E153).
            if (operation == Operations.Generate)
                exchange.Admission = await quota.AdmitAsync(key, envelope, body.WrittenCount, model, routes, context.Response, context.RequestAborted);
            if (envelope.Stream && operation == Operations.Generate)
                await StreamAsync(context, exchange, routes, body);
            else
                await WholeAsync(context, exchange, routes, body);
        }
        finally
        {
            // Whatever way it ended: what was reserved and not used goes back.
            exchange?.Admission?.Abandon();
            body?.Dispose();
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

    private IReadOnlyList<ModelRoute> RoutesFor(KeyRecord key, ModelEntry model)
    {
        var routes = catalog.Current.RoutesOf(model).Draw(Random.Shared);
        if (!key.NativeOnly)
            return routes;
        var native = routes.Where(r => r.IsNative).ToList();
        return native.Count > 0
            ? native
            : throw new GatewayException(ErrorKind.Permission, $"model: this API key is limited to native routes, and {model.Id} has none.");
    }

    private async Task StreamAsync(HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body)
    {
        var drains = exchange.Key.OnDisconnect == DisconnectPolicy.Drain;
        await using var watch = new StreamWatch(context, time, options.PingInterval, ResponseHeaders.PutStream, drains ? DrainLimit : TimeSpan.Zero);
        RouteFailure? failure = null;
        try
        {
            foreach (var route in routes)
            {
                exchange.Begin(route, failure);
                var timeouts = route.Provider.Timeouts;
                watch.Expect(TimeSpan.FromMilliseconds((double)timeouts.FirstByteMs + timeouts.ConnectMs) + Backstop);
                var (answer, refused) = await calls.SendAsync(context.Request, exchange, route, body, watch.Token);
                using (answer)
                    failure = answer is null ? refused : await streams.RunAsync(context, exchange, answer, watch);
                if (failure is null)
                    return;
                Failed(exchange, failure);
                if (!failure.MayTryNext)
                    break;
            }
        }
        catch (OperationCanceledException) when (watch.ClientLeft)
        {
            await recorder.RecordAsync(exchange, RequestOutcome.Cancelled, 499, null);
            return;
        }
        catch (OperationCanceledException)
        {
            failure = new RouteFailure(ErrorKind.ProviderTimeout, "The provider did not answer in time.");
        }

        await RespondAsync(context, exchange, failure!, watch);
    }

    private async Task WholeAsync(HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, PooledBuffer body)
    {
        var metered = exchange.Operation == Operations.Generate;
        RouteFailure? failure = null;
        using var deadline = new CancellationTokenSource();
        var drains = exchange.Key.OnDisconnect == DisconnectPolicy.Drain;
        await using var left = context.RequestAborted.UnsafeRegister(_ => deadline.CancelAfter(drains ? DrainLimit : TimeSpan.Zero), null);
        try
        {
            foreach (var route in routes)
            {
                exchange.Begin(route, failure);
                var timeouts = route.Provider.Timeouts;
                deadline.CancelAfter(TimeSpan.FromMilliseconds((double)timeouts.FirstByteMs + timeouts.ConnectMs + timeouts.IdleMs) + Backstop);
                var (answer, refused) = await calls.SendAsync(context.Request, exchange, route, body, deadline.Token);
                using (answer)
                    failure = answer is null ? refused : await wholes.RunAsync(context, exchange, answer, metered, deadline.Token);
                if (failure is null)
                    return;
                Failed(exchange, failure);
                if (!failure.MayTryNext)
                    break;
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (metered)
                await recorder.RecordAsync(exchange, RequestOutcome.Cancelled, 499, null);
            return;
        }
        catch (OperationCanceledException)
        {
            failure = new RouteFailure(ErrorKind.ProviderTimeout, "The provider did not answer in time.");
        }

        await RespondAsync(context, exchange, failure!, null);
    }

    private void Failed(Exchange exchange, RouteFailure failure) =>
        Log.RouteFailed(log, ErrorTable.Of(failure.Kind).Level, exchange.RequestId, failure.Kind, exchange.Route!.Entry.Provider, failure.Message);

    /// <summary>No route answered. The last failure is the answer: with its real status, or as an event where pings have already committed one.</summary>
    private async Task RespondAsync(HttpContext context, Exchange exchange, RouteFailure failure, StreamWatch? watch)
    {
        var info = ErrorTable.Of(failure.Kind);
        var outcome = failure.Kind is ErrorKind.ProviderTruncated or ErrorKind.ProviderTimeout ? RequestOutcome.Truncated : RequestOutcome.Error;
        if (exchange.Operation == Operations.Generate)
            await recorder.RecordAsync(exchange, outcome, failure.Status, info.Type);
        var response = context.Response;
        if (watch is not null)
        {
            // No ping between this look and the answer.
            await watch.EnterAsync();
            if (response.HasStarted)
            {
                AnthropicError.WriteEvent(response.BodyWriter, info.Type, failure.Message, exchange.RequestId);
                await watch.FlushAndLeaveAsync();
                return;
            }
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
                await ErrorResponse.SendAsync(response, failure.Kind, failure.Message, exchange.RequestId, failure.RetryAfterSeconds);
            }
        }
        finally
        {
            watch?.Leave();
        }
    }

    private static Dictionary<string, string>? TagsOf(HttpRequest request)
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
