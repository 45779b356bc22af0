using System.Buffers;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Metering;

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
        var output = response.BodyWriter;
        Write(output, exchange, body, model, metered);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>The answer as it came, but for the model's name (contract C5) and, where the key asks for it, more members of usage.</summary>
    private static void Write(IBufferWriter<byte> output, Exchange exchange, ReadOnlySpan<byte> body, (int Start, int Length) model, bool metered)
    {
        var meter = exchange.Meter;
        var requested = exchange.Envelope.Model;
        var usage = metered && exchange.Key.ExtendedUsage ? meter.UsageEnd : 0;
        if (model.Length == 0 || meter.Model == requested)
            model = default;
        var at = 0;
        while (model.Length > 0 || usage > 0)
        {
            // The two stand in either order.
            if (model.Length > 0 && (usage == 0 || model.Start < usage))
            {
                output.Write(body[at..model.Start]);
                ModelEcho.Write(output, requested);
                at = model.Start + model.Length;
                model = default;
            }
            else
            {
                output.Write(body[at..usage]);
                ExtendedUsage.Write(output, meter.Usage, CostCalculator.Of(meter.Usage, exchange.Route!.Price));
                at = usage;
                usage = 0;
            }
        }

        output.Write(body[at..]);
    }
}
