using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Outbox;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Requests;
using Gateway.Ingress.Safeguards;

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
    KeyLookup keys, RouteChoice choice, QuotaGate quota, Delivery delivery, SafeguardsJudge judge, UsageOutbox outbox, BodyBudget bodies,
    IngressOptions options, TimeProvider time)
{
    private const int OutboxRetrySeconds = 5;

    public async Task HandleAsync(HttpContext context, string operation)
    {
        var requestId = RequestIds.Of(context, out var callersId);
        var started = time.GetTimestamp();
        // Routing takes it with a slash at its end, too.
        var surface = context.Request.Path.Value!.TrimEnd('/');
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
            var (model, all) = choice.ModelFor(key, envelope.Model);
            ulong? affinity = all.AreShared ? Affinity.Of(context.Request.Headers, envelope, body.WrittenSpan) : null;
            var routes = choice.RoutesFor(key, model, all, affinity);
            exchange = new Exchange
            {
                RequestId = requestId,
                Surface = surface,
                Operation = operation,
                Started = started,
                Key = key,
                Envelope = envelope,
                Model = model,
                BodyBytes = body.WrittenCount,
                Affinity = affinity,
                Extras = key.ExtendedUsage ? UsageExtras.All : options.ExtrasOf(surface),
                XRequestId = callersId,
                Origin = RequestOrigin.Of(key, context.Request.Headers, envelope, keys.Hasher),
                ClientTags = ClaudeCode.TagsOf(context.Request),
                Metadata = envelope.Metadata,
            };
            if (exchange.IsMetered && outbox.IsFull)
                throw new GatewayException(ErrorKind.Overloaded, "The gateway cannot record usage at the moment: its disk is full or gone. Try again later.")
                {
                    RetryAfterSeconds = OutboxRetrySeconds,
                };
            if (envelope.Traits.HasFlag(RequestTraits.ServerTools))
                envelope.ToolUses = ServerToolUses.Of(body.WrittenMemory);
            await using var watch = delivery.Watch(context, exchange);
            if (!exchange.IsMetered)
                exchange.Admission = await quota.AdmitCountAsync(key, model, routes, exchange.Origin, context.Response, context.RequestAborted);
            else if (!await AdmitAsync(context, exchange, routes, watch))
                return;
            if (envelope.SafeguardsToken.Length > 0 && exchange.IsMetered)
                exchange.Safeguards = SafeguardsRequest.Of(context.Request.Headers, envelope, body, judge);
            await delivery.DeliverAsync(context, exchange, exchange.Admission?.Routes ?? routes, body, watch);
        }
        finally
        {
            // Whatever way it ended: what was reserved and not used goes back.
            exchange?.Admission?.Abandon();
            body?.Dispose();
            share?.Dispose();
        }
    }

    /// <summary>False: it was refused after a ping had begun the answer, which has ended.</summary>
    private async ValueTask<bool> AdmitAsync(HttpContext context, Exchange exchange, IReadOnlyList<ModelRoute> routes, ResponseWatch watch)
    {
        try
        {
            exchange.Admission = await quota.AdmitAsync(
                exchange.Key, exchange.Envelope, exchange.BodyBytes, exchange.Model, routes, exchange.Origin, context.Response, context.RequestAborted,
                watch: watch);
            return true;
        }
        catch (GatewayException e)
        {
            await watch.DisposeAsync();
            if (!context.Response.HasStarted)
                throw;
            AnthropicError.WriteEvent(context.Response.BodyWriter, ErrorTable.Of(e.Kind).Type, e.Message, exchange.RequestId);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            return false;
        }
    }
}
