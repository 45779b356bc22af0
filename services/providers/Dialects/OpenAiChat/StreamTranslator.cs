using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// <code>
///   Open ──finish_reason──> Finishing ──usage, [DONE], end of input or a short wait──> Done
///     └──[DONE]──> Done       └── content is ignored from here on (rule E29)
///     └──end of input: truncated (rule E26)
/// </code>
/// </summary>
internal sealed class StreamTranslator : IStreamTranslator
{
    private readonly ProviderCall _call;
    private readonly Answer _answer;
    private readonly DeltaReader _delta;
    private Stop? _stop;

    public StreamTranslator(ProviderCall call, Answer answer)
    {
        _call = call;
        _answer = answer;
        _delta = new DeltaReader(call, answer);
    }

    public StreamState State { get; private set; }

    public void Translate(in SseEvent e)
    {
        if (!e.HasData || State == StreamState.Done)
            return;
        var data = e.Data.Trim(" \t\r\n"u8);
        if (data.Length == 0)
            return;
        if (data.SequenceEqual("[DONE]"u8))
        {
            // An end mark without an answer before it proves nothing.
            if (_stop is null && _answer.IsEmpty)
                throw new GatewayException(ErrorKind.ProviderProtocol, "The provider ended its stream without an answer.");
            Complete(_stop ?? new Stop(StopReasons.EndTurn));
            return;
        }

        try
        {
            TranslateChunk(Chunk.Parse(data), data, isError: e.Name.SequenceEqual("error"u8));
        }
        catch (JsonException inner)
        {
            if (e.Name.SequenceEqual("error"u8))
                throw ErrorReader.InStream(_call, data);
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider sent a chunk that is not JSON.", inner);
        }
    }

    public void End()
    {
        if (State == StreamState.Done)
            return;
        if (_stop is not { } stop)
        {
            if (!_call.Has(Quirk.EndOfInputEndsAnswer) || _answer.IsEmpty)
                throw new GatewayException(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.");
            stop = new Stop(StopReasons.EndTurn);
        }

        Complete(stop);
    }

    private void TranslateChunk(in Chunk chunk, ReadOnlySpan<byte> data, bool isError)
    {
        var usage = UsageReader.Read(_call, chunk.Usage);
        _answer.SetTier(chunk.ServiceTier);
        if (!chunk.Sources.IsEmpty)
            WebSource.ReadAll(_answer, chunk.Sources);
        if (chunk.HasOthers)
            _answer.Drop("choices"u8);
        if (chunk.IsError || isError)
        {
            _answer.SetUsage(usage);
            throw ErrorReader.InStream(_call, data);
        }

        if (State == StreamState.Finishing)
        {
            _answer.SetUsage(usage);
            // Usage is the last that was missing.
            if (_answer.IsUsageKnown && chunk.Usage.Length > 0)
                Complete(_stop!.Value);
            return;
        }

        if (chunk.HasChoices)
            _answer.Start();
        if (chunk.HasDelta)
            _delta.Read(chunk.Delta, whole: false);
        // Alone and in the middle of a stream it is what others call a delta; else it repeats what has been there.
        if (chunk.HasMessage && !chunk.HasDelta && chunk.FinishReason.Length == 0)
            _delta.Read(chunk.Message, whole: false);
        else if (chunk.HasMessage)
            _delta.ReadRest(chunk.Message);
        _answer.SetUsage(usage);
        if (chunk.FinishReason.Length == 0)
            return;
        _stop = FinishReasons.Map(_answer, chunk.FinishReason, chunk.StopReason, _delta.Refused);
        State = StreamState.Finishing;
        if (chunk.Usage.Length > 0 && _answer.IsUsageKnown && _call.Has(Quirk.NoStreamOptions))
            Complete(_stop.Value);
    }

    private void Complete(Stop stop)
    {
        State = StreamState.Done;
        _delta.Flush(cut: stop.Reason == StopReasons.MaxTokens);
        if (stop.Reason == StopReasons.EndTurn && _delta.Refused)
            stop = stop with { Reason = StopReasons.Refusal };
        _answer.End(stop);
    }
}
