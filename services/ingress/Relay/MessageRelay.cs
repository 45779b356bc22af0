using System.Buffers;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Relays an answer that is not streamed. It is read whole first: a sidecar turns a broken answer into a clean end, so only its own
/// grammar tells whether it is complete, and only what has not been sent yet can still become an error or another route's answer.
/// </summary>
internal sealed class MessageRelay(UsageRecorder recorder) : IAnswerRelay
{
    private const int InitialBytes = 16 * 1024;

    public async Task<RouteOutcome> RelayAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, ResponseWatch watch)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
        try
        {
            var length = 0;
            var stream = await answer.Content.ReadAsStreamAsync(watch.Token);
            await using (stream)
            {
                while (await stream.ReadAsync(buffer.AsMemory(length), watch.Token) is > 0 and var read)
                {
                    length += read;
                    if (length == buffer.Length)
                        buffer = Grow(buffer);
                }
            }

            return await DeliverAsync(context, exchange, answer, buffer.AsMemory(0, length));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new RouteOutcome.Failed(ErrorKind.Interrupted, GatewayException.InterruptedMessage);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<RouteOutcome> DeliverAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, ReadOnlyMemory<byte> body)
    {
        (int Start, int Length) model = default;
        if (exchange.IsMetered && !exchange.Meter.ReadMessage(body.Span, out model))
            return new RouteOutcome.Failed(ErrorKind.ProviderTruncated, "The provider's answer is not a whole message.");

        if (RouteClient.Header(answer, GatewayHeaders.UsageEstimated) == "true")
            exchange.Meter.Usage.Estimated = true;
        if (RouteClient.Header(answer, GatewayHeaders.ServiceTier) is { } tier)
            exchange.Meter.SetServiceTier(tier);
        if (RouteClient.Header(answer, GatewayHeaders.ProviderCost) is { } providerCost)
            exchange.Meter.SetProviderCost(providerCost);
        if (context.RequestAborted.IsCancellationRequested)
            return RouteOutcome.ClientLeft;
        if (exchange.IsMetered)
            await recorder.RecordAsync(exchange, RequestOutcome.Completed, StatusCodes.Status200OK, null);
        var response = context.Response;
        ResponseHeaders.Put(response, answer.Headers, exchange);
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType =
            answer.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentType, out var type) ? type.ToString() : "application/json";
        if (exchange.IsMetered)
            WriteEdited(response, exchange, body.Span, model);
        else
            Write(response, body.Span);
        try
        {
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has left with its answer on the way; it has been recorded.
        }

        return RouteOutcome.Delivered;
    }

    /// <summary>The answer as it came, but for the model's name (contract C5) and, where the key asks for it, more members of usage.</summary>
    private static void WriteEdited(HttpResponse response, Exchange exchange, ReadOnlySpan<byte> body, (int Start, int Length) model)
    {
        var meter = exchange.Meter;
        var requested = exchange.Envelope.Model;
        Splice? name = model.Length == 0 || meter.Model == requested ? null : new Splice(model.Start, model.Length, ModelEcho.Of(requested));
        Splice? usage = meter.UsageEnd == 0 || !exchange.Key.ExtendedUsage
            ? null
            : new Splice(meter.UsageEnd, 0, ExtendedUsage.Of(meter.Usage, CostCalculator.Of(meter.Usage, exchange.Route!.Price)));
        // Either may come first in the answer.
        if (name is { } one && usage is { } other)
            Write(response, body, one.Start < other.Start ? [one, other] : [other, one]);
        else if ((name ?? usage) is { } only)
            Write(response, body, only);
        else
            Write(response, body);
    }

    private static void Write(HttpResponse response, ReadOnlySpan<byte> body, params ReadOnlySpan<Splice> splices)
    {
        var length = body.Length;
        foreach (var splice in splices)
            length += splice.Replacement.Length - splice.Length;
        response.ContentLength = length;
        var output = response.BodyWriter;
        var at = 0;
        foreach (var splice in splices)
        {
            output.Write(body[at..splice.Start]);
            output.Write(splice.Replacement.Span);
            at = splice.Start + splice.Length;
        }

        output.Write(body[at..]);
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
