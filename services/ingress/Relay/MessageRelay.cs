using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Safeguards;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Relays an answer that is not streamed. It is read whole first: a sidecar turns a broken answer into a clean end, so only its own
/// grammar tells whether it is complete, and only what has not been sent yet can still become an error or another route's answer.
/// </summary>
internal sealed class MessageRelay(UsageRecorder recorder) : IAnswerRelay
{
    private const string Json = "application/json";
    private const int InitialBytes = 16 * 1024;
    private const int PieceBytes = 32 * 1024;

    public async Task<RouteOutcome> RelayAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, ResponseWatch watch)
    {
        using var body = new PooledBuffer(InitialBytes);
        try
        {
            await using (var stream = await answer.Content.ReadAsStreamAsync(watch.Token))
                await body.TryReadAsync(stream, Array.MaxLength, watch.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new RouteOutcome.Failed(ErrorKind.Interrupted, GatewayException.InterruptedMessage);
        }

        return await DeliverAsync(context, exchange, answer, body.WrittenMemory, watch);
    }

    private async ValueTask<RouteOutcome> DeliverAsync(
        HttpContext context, Exchange exchange, HttpResponseMessage answer, ReadOnlyMemory<byte> body, ResponseWatch watch)
    {
        (int Start, int Length) model = default;
        var streamed = exchange.IsMetered && MessageForms.IsEvents(body.Span);
        if (streamed)
        {
            if (MessageForms.Collect(body.Span, exchange.Meter) is not { } collected)
                return exchange.Meter.ErrorType is { } type
                    ? new RouteOutcome.Failed(ErrorTable.OfType(Encoding.UTF8.GetBytes(type)), exchange.Meter.ErrorMessage ?? "The provider failed.")
                    : new RouteOutcome.Failed(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.");
            body = collected;
        }

        if (exchange.IsMetered && !exchange.Meter.ReadMessage(body.Span, out model))
            return MessageForms.Failure(body)
                ?? new RouteOutcome.Failed(ErrorKind.ProviderTruncated, "The provider's answer is not a whole message.");

        if (RouteClient.Header(answer, GatewayHeaders.UsageEstimated) == "true")
            exchange.Meter.Usage.Estimated = true;
        if (RouteClient.Header(answer, GatewayHeaders.ServiceTier) is { } tier)
            exchange.Meter.SetServiceTier(tier);
        if (RouteClient.Header(answer, GatewayHeaders.ProviderCost) is { } providerCost)
            exchange.Meter.SetProviderCost(providerCost);
        if (context.RequestAborted.IsCancellationRequested)
            return RouteOutcome.ClientLeft;
        var results = exchange.Check is { } check ? await JudgeAsync(check, body, watch) : null;
        if (exchange.IsMetered)
            await recorder.RecordAsync(exchange, RequestOutcome.Completed, StatusCodes.Status200OK, null);
        var response = context.Response;
        ResponseHeaders.Put(response, answer.Headers, exchange);
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = streamed ? Json : JsonTypeOf(answer.Content.Headers);
        try
        {
            await WriteAsync(response, watch, body, exchange.IsMetered ? EditsOf(exchange, model, results) : []);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has left with its answer on the way; it has been recorded.
        }

        return RouteOutcome.Delivered;
    }

    /// <summary>The provider's own spelling, unless it says that what has been read as a message is something else.</summary>
    private static string JsonTypeOf(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(HeaderNames.ContentType, out var given) || given.ToString() is not { } type)
            return Json;
        var isJson = type.StartsWith(Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Contains("charset", StringComparison.OrdinalIgnoreCase) || type.Contains("utf-8", StringComparison.OrdinalIgnoreCase));
        return isJson ? type : Json;
    }

    /// <summary>What the gateway itself has found out of its tool calls, behind its last member. Null where its provider says so.</summary>
    private static async ValueTask<Splice?> JudgeAsync(SafeguardsCheck check, ReadOnlyMemory<byte> body, ResponseWatch watch)
    {
        PendingCalls calls;
        using (var message = JsonDocument.Parse(body, GatewayJson.DocumentOptions))
        {
            if (message.RootElement.TryGetProperty(SafeguardResults.Name, out _))
                return null;
            calls = PendingCalls.Of(message.RootElement);
        }

        var results = await check.JudgeAsync(calls, watch);
        return new Splice(body.Span.LastIndexOf((byte)'}'), 0, AnswerEnd.Member(results, first: false));
    }

    /// <summary>
    /// The answer goes out as it came, but for the model's name (contract C5), verdicts and, where path or key ask for it, more members of usage.
    /// </summary>
    private static Splice[] EditsOf(Exchange exchange, (int Start, int Length) model, Splice? results)
    {
        var meter = exchange.Meter;
        var requested = exchange.Envelope.Model;
        Splice? name = model.Length == 0 || meter.Model == requested ? null : new Splice(model.Start, model.Length, ModelEcho.Of(requested));
        Splice? usage = meter.UsageEnd == 0 || exchange.Extras == UsageExtras.None
            ? null
            : new Splice(meter.UsageEnd, 0, ExtendedUsage.Of(meter.Usage, CostCalculator.Of(meter.Usage, exchange.Route!.Price), exchange.Extras));
        if (results is null && name is null && usage is null)
            return [];
        var splices = new List<Splice>(3);
        foreach (var splice in (ReadOnlySpan<Splice?>)[name, usage, results])
        {
            if (splice is { } there)
                splices.Add(there);
        }

        // Each may come first in the answer.
        splices.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return [.. splices];
    }

    private static async ValueTask WriteAsync(HttpResponse response, ResponseWatch watch, ReadOnlyMemory<byte> body, Splice[] splices)
    {
        var length = body.Length;
        foreach (var splice in splices)
            length += splice.Replacement.Length - splice.Length;
        response.ContentLength = length;
        var output = response.BodyWriter;
        var at = 0;
        foreach (var splice in splices)
        {
            await WriteAsync(output, watch, body[at..splice.Start]);
            await WriteAsync(output, watch, splice.Replacement);
            at = splice.Start + splice.Length;
        }

        await WriteAsync(output, watch, body[at..]);
        await watch.FlushAsync();
    }

    /// <summary>Piece by piece, so that a client that takes some of it is seen to.</summary>
    private static async ValueTask WriteAsync(IBufferWriter<byte> output, ResponseWatch watch, ReadOnlyMemory<byte> bytes)
    {
        for (; bytes.Length > PieceBytes; bytes = bytes[PieceBytes..])
        {
            output.Write(bytes.Span[..PieceBytes]);
            await watch.FlushAsync();
        }

        output.Write(bytes.Span);
    }
}
