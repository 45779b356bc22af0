using System.Buffers;
using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Tools;

namespace Gateway.Translator;

/// <summary>
/// <code>
///   1. read and check the Anthropic request
///   2. write the provider's request, send it through the adapter; once more without what the provider refused
///   3. a whole answer: read it, write one message
///      a stream: <see cref="StreamPump"/>, event by event
/// </code>
/// Until the first event is ready every failure is an HTTP status with Anthropic's envelope.
/// </summary>
internal sealed class MessagesEndpoint(
    CatalogSource catalog, ProviderProfiles profiles, AdapterClient adapter, LearnedAdjustments learned, LearnedTexts texts, Drain drain,
    TimeProvider time, ILogger<TranslationRequest> log)
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(ShortHash.Alphabet);

    private const int MaxAnswerBytes = 64 * 1024 * 1024;
    private const int MaxErrorBytes = 1024 * 1024;

    /// <summary>Most whole answers are smaller.</summary>
    private const int InitialAnswerBytes = 8 * 1024;

    /// <summary>The first try and one with what it taught.</summary>
    private const int MaxTries = 2;

    public async Task HandleAsync(HttpContext context)
    {
        using var request = await TranslationRequest.ReadAsync(context, catalog.Current, profiles, counting: false);
        request.Call.Adjustments = learned.For(request.Call);
        request.Call.HoldsText = texts.Holds(request.Call);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Ending);
        try
        {
            await TranslateAsync(context, request, cancellation.Token);
            texts.Learn(request.Call);
        }
        catch (OperationCanceledException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw GatewayException.Interrupted(e);
        }
    }

    private async Task TranslateAsync(HttpContext context, TranslationRequest request, CancellationToken cancellationToken)
    {
        var attempts = 0;
        for (var attempt = 1; ; attempt++)
        {
            using var response = await adapter.SendAsync(
                request, Operations.Generate, request.WriteBody(request.Translation.WriteRequest), cancellationToken);
            attempts += AdapterClient.Attempts(response);
            context.Response.Headers[GatewayHeaders.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
            if (AdapterClient.Origin(response) == GatewayHeaders.OriginGateway)
            {
                await RelayAdapterErrorAsync(context, response);
                return;
            }

            if (response.IsSuccessStatusCode)
            {
                learned.Remember(request.Call);
                await AnswerAsync(context, request, response, attempts, cancellationToken);
                return;
            }

            var failure = await ReadErrorAsync(request, response, cancellationToken);
            if (failure.Remedy is not { } remedy || attempt == MaxTries)
                throw new GatewayException(failure.Kind, failure.Message)
                {
                    RetryAfterSeconds = RetryAfter.Seconds(response, failure.Kind, time.GetUtcNow()) ?? failure.RetryAfterSeconds,
                };
            request.Call.Adjustments = remedy;
            log.Adjusted(
                request.RequestId, request.Call.Provider.Name,
                string.Join(", ", remedy.Without.Append(remedy.MaxTokens is null ? "" : "max_tokens").Where(f => f.Length > 0)));
        }
    }

    /// <summary>The adapter has already put its own failure into Anthropic's words.</summary>
    private static async Task RelayAdapterErrorAsync(HttpContext context, HttpResponseMessage response)
    {
        var to = context.Response;
        to.StatusCode = (int)response.StatusCode;
        to.ContentType = "application/json";
        to.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginGateway;
        foreach (var name in (string[])[GatewayHeaders.ErrorKind, "retry-after", "x-should-retry"])
        {
            if (AdapterClient.Header(response, name) is { } value)
                to.Headers[name] = value;
        }

        await response.Content.CopyToAsync(to.Body, context.RequestAborted);
    }

    private static async Task<ProviderFailure> ReadErrorAsync(TranslationRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(InitialAnswerBytes);
        try
        {
            await ReadAsync(response, body, MaxErrorBytes, cancellationToken);
        }
        catch (GatewayException)
        {
            // The status says enough.
            body.Clear();
        }

        return request.Translation.ReadError(request.Call, (int)response.StatusCode, body.WrittenMemory);
    }

    /// <summary>The same for every try of a request. Ingress's own ids are random enough as they are.</summary>
    internal static string MessageId(string requestId) =>
        requestId is ['r', 'e', 'q', '_', ..] && requestId.Length == 28 && !requestId.AsSpan(4).ContainsAnyExcept(LettersAndDigits)
        ? string.Concat("msg_", requestId.AsSpan(4))
        : $"msg_{ShortHash.Of(requestId, 24)}";

    private async Task AnswerAsync(
        HttpContext context, TranslationRequest request, HttpResponseMessage response, int attempts, CancellationToken cancellationToken)
    {
        var head = new AnswerHead(MessageId(request.RequestId), request.RequestedModel);
        var options = request.Call.AnswerOptions(head);
        var streamed = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() is "text/event-stream" or "application/x-ndjson";
        if (request.Call.Request.Stream)
        {
            await using var pump = new StreamPump(context, request, options, attempts, time, log, cancellationToken);
            if (streamed)
            {
                await pump.RunAsync(response);
                return;
            }

            using var body = new PooledBuffer(InitialAnswerBytes);
            await ReadAsync(response, body, MaxAnswerBytes, cancellationToken);
            await SocketThreads.LeaveAsync(body.WrittenCount);
            await pump.ReplayAsync(body.WrittenMemory);
            return;
        }

        using var output = new PooledBuffer(InitialAnswerBytes);
        using var writer = new DocumentAnswerWriter(output);
        var answer = new Answer(options, writer);
        try
        {
            if (streamed)
                await StreamPump.CollectAsync(request, answer, response, time, cancellationToken);
            else
                await ReadAnswerAsync(request, answer, response, cancellationToken);
        }
        catch (GatewayException) when (AnswerHeaders.WriteUsage(context.Response, answer))
        {
            throw;
        }

        if (answer.HasNoOutput)
            log.EmptyAnswer(request.RequestId, request.Call.Provider.Name);

        AnswerHeaders.Write(context.Response, request, attempts);
        AnswerHeaders.WriteAccounting(context.Response, writer.Estimated, writer.Usage);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = output.WrittenCount;
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }

    private static async Task ReadAnswerAsync(TranslationRequest request, Answer answer, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(InitialAnswerBytes);
        await ReadAsync(response, body, MaxAnswerBytes, cancellationToken);
        await SocketThreads.LeaveAsync(body.WrittenCount);
        request.Translation.ReadResponse(request.Call, body.WrittenMemory, answer);
    }

    private static async Task ReadAsync(HttpResponseMessage response, PooledBuffer body, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            if (!await body.TryReadAsync(stream, maxBytes, cancellationToken))
                throw new GatewayException(ErrorKind.ProviderProtocol, $"The provider's answer is larger than {maxBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new GatewayException(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.", e);
        }
    }
}
