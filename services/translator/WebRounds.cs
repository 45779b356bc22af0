using Gateway.Contracts.Json;
using Gateway.Providers.Answers;

namespace Gateway.Translator;

/// <summary>
/// Answers a request that has web tools (rule E95): as many calls of its provider as it takes, and what they call for between them.
/// <code>
///   request ─► Turns: ask the provider ─► RoundsWriter ─► client
///     ▲                                      │ calls of web_search, web_fetch, where the provider does not run them itself
///     └── said, results ◄── WebTools ◄───────┘
/// </code>
/// It ends when the model calls no web tool any more, or calls one of the client's as well; when the limit of tokens is spent; and where the
/// operator's bounds are reached, as a turn that the client may send on (<c>pause_turn</c>). Every call of the provider counts.
/// </summary>
internal sealed class WebRounds(Turns turns, WebClient client, WebRoundOptions options, TimeProvider time, ILogger<TranslationRequest> log)
{
    /// <summary>Most whole answers are smaller.</summary>
    private const int InitialAnswerBytes = 16 * 1024;

    public async Task RunAsync(HttpContext context, TranslationRequest request, CancellationToken cancellationToken)
    {
        var tools = new WebTools(client, request, options.Uses, time, log);
        if (request.Call.Request.Stream)
        {
            await using var pump = new StreamPump(context, request, 1, time, log, cancellationToken);
            using var writer = new RoundsWriter(pump.Writer, request.Call.IsGatewayTool);
            await pump.GuardAsync(async () =>
            {
                await new WebRound(context, request, turns, tools, writer, pump, options, time).RunAsync(cancellationToken);
                await pump.CompleteAsync();
            });
            return;
        }

        using var output = new PooledBuffer(InitialAnswerBytes);
        using var document = new DocumentAnswerWriter(output);
        using var rounds = new RoundsWriter(document, request.Call.IsGatewayTool);
        var round = new WebRound(context, request, turns, tools, rounds, null, options, time);
        await round.RunAsync(cancellationToken);
        AnswerHeaders.Write(context.Response, request, round.Attempts);
        AnswerHeaders.WriteAccounting(context.Response, document.Estimated, document.Usage);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = output.WrittenCount;
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }
}
