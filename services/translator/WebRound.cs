using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>The rounds of one request: what they have used so far, and which of them is running.</summary>
/// <param name="pump">Of a stream; null for an answer in one piece.</param>
internal sealed class WebRound(
    HttpContext context, TranslationRequest request, Turns turns, WebTools tools, RoundsWriter writer, StreamPump? pump, WebRoundOptions options,
    TimeProvider time) : ITurn
{
    private readonly long _started = time.GetTimestamp();
    private readonly int? _maxTokens = request.Call.Request.MaxTokens;
    private readonly List<string> _dropped = [];
    private Answer? _answer;
    private AnswerUsage? _before;
    private CancellationToken _cancellation;
    private bool _estimated;
    private int _round;

    public int Attempts { get; private set; }

    public bool HasStarted => _answer?.Started == true;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        while (true)
        {
            Begin(Attempts);
            await AskAsync();
            var end = writer.Ended ?? throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer has no end.");
            Note(end);
            if (writer.Calls.Count == 0 || end.Stop.Reason != StopReasons.ToolUse)
            {
                Finish(end.Stop, end.Usage);
                return;
            }

            if (pump is not null)
                await pump.FlushAsync();
            var results = await tools.RunAsync(writer.Calls, cancellationToken);
            _before = tools.AddUses(Sum(end.Usage));
            // What the next call reads is as good as used: a client that leaves in the midst of it is not told again.
            pump?.NoteUsage(_before.Value with { Input = _before.Value.Input + request.Call.InputEstimate });
            foreach (var (block, _) in results)
                writer.Result(block);
            if (writer.HasClientCalls)
            {
                Finish(new Stop(StopReasons.ToolUse), null);
                return;
            }

            if (MayNotGoOn() is { } reason)
            {
                Finish(new Stop(reason), null);
                return;
            }

            var mayCall = tools.AnyLeft || request.Call.Request.Tools.Any(t => !request.Call.IsGatewayTool(t.Name));
            request.Call.Continue(writer.Said, [.. results.Select(r => r.Result)], mayCall);
            LimitTokens();
            writer.NextRound();
            _round++;
            if (pump is not null)
                await pump.FlushAsync();
        }
    }

    public async Task ReadAsync(HttpResponseMessage response, int attempts)
    {
        await using var upstream = await UpstreamBody.OpenAsync(response, _cancellation);
        var answer = Begin(attempts);
        if (!upstream.IsEvents)
            WholeAnswer.Read(request.Call, await upstream.ReadAsync(_cancellation), answer);
        else if (pump is not null)
            await pump.PumpAsync(upstream);
        else
            await StreamPump.CollectAsync(request, answer, upstream, time, _cancellation);
    }

    public Task ReadNothingAsync(int attempts)
    {
        Begin(attempts).End(new Stop(StopReasons.MaxTokens));
        return Task.CompletedTask;
    }

    /// <summary>An answer that has begun can't become the adapter's error any more, and one that has cost something has to say so.</summary>
    public async Task ReadFailureAsync(HttpResponseMessage response)
    {
        var kind = Enum.TryParse<ErrorKind>(AdapterClient.Header(response, GatewayHeaders.ErrorKind), out var known) ? known : ErrorKind.ServiceUnavailable;
        var message = "The provider could not be called.";
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(_cancellation), GatewayJson.DocumentOptions);
            if (json.RootElement.TryGetProperty("error"u8, out var error) && error.TryGetProperty("message"u8, out var text))
                message = text.GetString() ?? message;
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or InvalidOperationException)
        {
            // Its kind says enough.
        }

        throw new GatewayException(kind, message)
        {
            RetryAfterSeconds = int.TryParse(AdapterClient.Header(response, "retry-after"), out var seconds) ? seconds : null,
        };
    }

    private Answer Begin(int attempts)
    {
        // Ids that are made here must differ from one round to the next.
        var id = MessagesEndpoint.MessageId(request.RequestId);
        var head = new AnswerHead(_round == 0 ? id : $"{id}/{_round}", request.RequestedModel);
        _answer = new Answer(request.Call.AnswerOptions(head), writer);
        pump?.Begin(_answer, _before, attempts);
        return _answer;
    }

    private async Task AskAsync()
    {
        try
        {
            Attempts = await turns.AskAsync(context, request, Attempts, this, _cancellation);
        }
        catch (GatewayException) when (pump is null && AnswerHeaders.WriteUsage(context.Response, _answer!, _before))
        {
            throw;
        }
    }

    private void Note(in AnswerEnd end)
    {
        _estimated |= end.Estimated;
        foreach (var dropped in end.Dropped)
        {
            if (!_dropped.Contains(dropped))
                _dropped.Add(dropped);
        }
    }

    /// <summary>All calls so far; what one of them did not say of its input is estimated, since the others have.</summary>
    private AnswerUsage Sum(in AnswerUsage usage)
    {
        var known = usage.Input is null ? usage with { Input = request.Call.InputEstimate } : usage;
        return _before is { } before ? before.Plus(known) : known;
    }

    /// <summary>Why no further call of the provider follows; null: one does.</summary>
    private string? MayNotGoOn() =>
        _maxTokens - _before?.Output <= 0 ? StopReasons.MaxTokens
        : _round + 1 >= options.Rounds || _round >= tools.MostRounds || time.GetElapsedTime(_started).TotalSeconds >= options.Seconds ? StopReasons.PauseTurn
        : null;

    /// <summary>The limit of tokens is one for the whole answer.</summary>
    private void LimitTokens()
    {
        if (_maxTokens is not { } most || _before?.Output is not { } used)
            return;
        var left = (int)Math.Max(1, most - used);
        var known = request.Call.Adjustments;
        request.Call.Adjustments = known with { MaxTokens = Math.Min(known.MaxTokens ?? int.MaxValue, left) };
    }

    /// <param name="last">Of the call that ends here; null: it has been added already.</param>
    private void Finish(Stop stop, AnswerUsage? last)
    {
        var usage = last is { } more ? (_before is null ? more : Sum(more)) : _before!.Value;
        usage = usage with { WebSearches = usage.WebSearches ?? 0, WebFetches = usage.WebFetches ?? 0 };
        writer.Finish(new AnswerEnd(stop, usage, _estimated, _dropped));
    }
}
