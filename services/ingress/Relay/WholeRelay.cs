using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Relays an answer that is not streamed. It is read whole first: a sidecar turns a broken answer into a clean end, so only its own
/// grammar tells whether it is complete, and only what has not been sent yet can still become an error or another route's answer.
/// </summary>
internal sealed class WholeRelay(UsageRecorder recorder)
{
    /// <summary>Null when the answer has been delivered.</summary>
    public async Task<RouteFailure?> RunAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, bool metered, CancellationToken cancellationToken)
    {
        byte[] body;
        try
        {
            body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new RouteFailure(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.");
        }

        (int Start, int Length) model = default;
        if (metered && !exchange.Meter.ReadWhole(body, out model))
            return new RouteFailure(ErrorKind.ProviderTruncated, "The provider's answer is not a whole message.");

        if (RouteCall.Value(answer, GatewayHeaders.UsageEstimated) == "true")
            exchange.Meter.Usage.Estimated = true;
        if (RouteCall.Value(answer, GatewayHeaders.ProviderCost) is { } providerCost)
            exchange.Meter.TakeProviderCost(providerCost);
        var left = context.RequestAborted.IsCancellationRequested;
        if (metered)
            await recorder.RecordAsync(exchange, left ? RequestOutcome.Cancelled : RequestOutcome.Completed, left ? 499 : 200, null).ConfigureAwait(false);
        if (left)
            return null;
        var response = context.Response;
        ResponseHeaders.Put(response, answer.Headers, exchange);
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        var answered = metered ? Edited(exchange, body, model) : body;
        response.ContentLength = answered.Length;
        await response.Body.WriteAsync(answered, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>The answer as it came, but for the model's name (contract C5) and, where the key asks for it, more members of usage.</summary>
    private static byte[] Edited(Exchange exchange, byte[] body, (int Start, int Length) model)
    {
        var meter = exchange.Meter;
        var requested = exchange.Envelope.Model;
        Splice? name = model.Length == 0 || meter.Model == requested ? null : new Splice(model.Start, model.Length, ModelEcho.Of(requested));
        Splice? usage = meter.UsageEnd == 0 || !exchange.Key.ExtendedUsage
            ? null
            : new Splice(meter.UsageEnd, 0, ExtendedUsage.Of(meter.Usage, CostCalculator.Of(meter.Usage, exchange.Route!.Price)));
        // The two stand in either order.
        return (name, usage) switch
        {
            (null, null) => body,
            ({ } one, null) => Edited(body, one),
            (null, { } one) => Edited(body, one),
            var (first, second) => first.Value.Start < second.Value.Start ? Edited(body, first.Value, second.Value) : Edited(body, second.Value, first.Value),
        };
    }

    private static byte[] Edited(ReadOnlySpan<byte> body, params ReadOnlySpan<Splice> splices)
    {
        var length = body.Length;
        foreach (var splice in splices)
            length += splice.Replacement.Length - splice.Length;
        var edited = new byte[length];
        var rest = edited.AsSpan();
        var at = 0;
        foreach (var splice in splices)
        {
            body[at..splice.Start].CopyTo(rest);
            rest = rest[(splice.Start - at)..];
            splice.Replacement.Span.CopyTo(rest);
            rest = rest[splice.Replacement.Length..];
            at = splice.Start + splice.Length;
        }

        body[at..].CopyTo(rest);
        return edited;
    }
}
