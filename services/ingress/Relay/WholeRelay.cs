using System.Buffers;
using Gateway.Contracts.Errors;
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

        if (metered)
            await recorder.RecordAsync(exchange, RequestOutcome.Completed, 200, null).ConfigureAwait(false);
        var response = context.Response;
        ResponseHeaders.Put(response, answer.Headers, exchange);
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        var requested = exchange.Envelope.Model;
        var output = response.BodyWriter;
        if (model.Length == 0 || exchange.Meter.Model == requested)
        {
            response.ContentLength = body.Length;
            output.Write(body);
        }
        else
        {
            output.Write(body.AsSpan(0, model.Start));
            ModelEcho.Write(output, requested);
            output.Write(body.AsSpan(model.Start + model.Length));
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }
}
