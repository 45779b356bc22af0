using System.Buffers;
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
///   2. write the provider's request, send it through the adapter until the provider takes it (<see cref="Turns"/>)
///   3. a whole answer: read it, write one message
///      a stream: <see cref="StreamPump"/>, event by event
///      with web tools: several such turns, and what they call for between them (<see cref="WebRounds"/>)
/// </code>
/// Until the first event is ready every failure is an HTTP status with Anthropic's envelope.
/// </summary>
internal sealed class MessagesEndpoint(
    CatalogSource catalog, ProviderProfiles profiles, Turns turns, WebRounds rounds, LearnedAdjustments learned, LearnedTexts texts, Drain drain,
    TimeProvider time, ILogger<TranslationRequest> log)
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(ShortHash.Alphabet);

    /// <summary>Most whole answers are smaller.</summary>
    private const int InitialAnswerBytes = 8 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        using var request = await TranslationRequest.ReadAsync(context, catalog.Current, profiles, counting: false);
        request.Call.Adjustments = learned.For(request.Call);
        request.Call.HoldsText = texts.Holds(request.Call);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Ending);
        try
        {
            if (request.Call.Request.HasWebTools)
                await rounds.RunAsync(context, request, cancellation.Token);
            else
                await turns.AskAsync(context, request, 0, new Turn(this, context, request, cancellation.Token), cancellation.Token);
            texts.Learn(request.Call);
        }
        catch (OperationCanceledException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw GatewayException.Interrupted(e);
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

    /// <summary>The same for every try of a request. Ingress's own ids are random enough as they are.</summary>
    internal static string MessageId(string requestId) =>
        requestId is ['r', 'e', 'q', '_', ..] && requestId.Length == 28 && !requestId.AsSpan(4).ContainsAnyExcept(LettersAndDigits)
        ? string.Concat("msg_", requestId.AsSpan(4))
        : $"msg_{ShortHash.Of(requestId, 24)}";

    private async Task AnswerAsync(
        HttpContext context, TranslationRequest request, HttpResponseMessage response, int attempts, CancellationToken cancellationToken)
    {
        await using var upstream = await UpstreamBody.OpenAsync(response, cancellationToken);
        if (!upstream.IsEvents)
        {
            var body = await upstream.ReadAsync(cancellationToken);
            await SocketThreads.LeaveAsync(body.Length);
            await AnswerAsync(context, request, attempts, (call, answer) => WholeAnswer.Read(call, body, answer), cancellationToken);
        }
        else if (request.Call.Request.Stream)
        {
            await using var pump = new StreamPump(context, request, attempts, time, log, cancellationToken);
            await pump.RunAsync(upstream);
        }
        else
        {
            await WriteMessageAsync(context, request, attempts, answer => StreamPump.CollectAsync(request, answer, upstream, time, cancellationToken));
        }
    }

    /// <summary>An answer that is there in one piece.</summary>
    private async Task AnswerAsync(
        HttpContext context, TranslationRequest request, int attempts, Action<ProviderCall, Answer> read, CancellationToken cancellationToken)
    {
        if (!request.Call.Request.Stream)
        {
            await WriteMessageAsync(context, request, attempts, answer =>
            {
                read(request.Call, answer);
                return Task.CompletedTask;
            });
            return;
        }

        await using var pump = new StreamPump(context, request, attempts, time, log, cancellationToken);
        await pump.ReplayAsync(read);
    }

    private async Task WriteMessageAsync(HttpContext context, TranslationRequest request, int attempts, Func<Answer, Task> read)
    {
        using var output = new PooledBuffer(InitialAnswerBytes);
        using var writer = new DocumentAnswerWriter(output);
        var answer = new Answer(AnswerOptions(request), writer);
        try
        {
            await read(answer);
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

    internal static AnswerOptions AnswerOptions(TranslationRequest request) =>
        request.Call.AnswerOptions(new AnswerHead(MessageId(request.RequestId), request.RequestedModel));

    /// <summary>The only turn of a request: its answer is the client's.</summary>
    private readonly struct Turn(MessagesEndpoint endpoint, HttpContext context, TranslationRequest request, CancellationToken cancellation) : ITurn
    {
        public bool HasStarted => context.Response.HasStarted;

        public Task ReadAsync(HttpResponseMessage response, int attempts) => endpoint.AnswerAsync(context, request, response, attempts, cancellation);

        public Task ReadNothingAsync(int attempts) =>
            endpoint.AnswerAsync(context, request, attempts, static (_, answer) => answer.End(new Stop(StopReasons.MaxTokens)), cancellation);

        public Task ReadFailureAsync(HttpResponseMessage response) => RelayAdapterErrorAsync(context, response);
    }
}
