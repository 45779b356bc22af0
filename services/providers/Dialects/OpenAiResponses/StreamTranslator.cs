using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>
/// <code>
///   Open ──response.completed, response.incomplete──> Done        both carry status, output and usage
///     ├──response.failed, error──> an error
///     └──end of input, [DONE]: truncated (rule E26)
/// </code>
/// </summary>
internal sealed class StreamTranslator(ProviderCall call, Answer answer) : IStreamTranslator
{
    private readonly OutputReader _items = new(answer);

    public StreamState State { get; private set; }

    public void Translate(in SseEvent e)
    {
        if (!e.HasData || State == StreamState.Done)
            return;
        var data = e.Data.Trim(" \t\r\n"u8);
        // Some compatible servers add Chat Completions' end mark; it proves nothing here.
        if (data.Length == 0 || data.SequenceEqual("[DONE]"u8))
            return;
        try
        {
            var parsed = ResponseEvent.Parse(data);
            if (parsed.Type.Length == 0)
                parsed.Type = e.Name;
            TranslateEvent(parsed, data);
        }
        catch (JsonException inner)
        {
            if (e.Name.SequenceEqual("error"u8))
                throw ErrorReader.InStream(call, data);
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider sent an event that is not JSON.", inner);
        }
    }

    public void End()
    {
        if (State != StreamState.Done)
            throw new GatewayException(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.");
    }

    private void TranslateEvent(in ResponseEvent e, ReadOnlySpan<byte> data)
    {
        switch (e.Type)
        {
            case var type when type.SequenceEqual("response.completed"u8)
                || type.SequenceEqual("response.incomplete"u8) || type.SequenceEqual("response.failed"u8):
                Complete(e.Response);
                break;
            case var type when type.SequenceEqual("error"u8) || e.IsError:
                throw ErrorReader.InStream(call, data);
            case var type when type.StartsWith("response.output_item."u8):
                _items.Item(ItemOf(e), e.Item, whole: type.EndsWith("done"u8));
                break;
            case var type when type.SequenceEqual("response.output_text.annotation.added"u8):
                _items.Annotation(ItemOf(e), (int)(e.PartIndex ?? 0), (int)(e.AnnotationIndex ?? 0), e.Annotation);
                break;
            case var type when type.SequenceEqual("response.content_part.done"u8):
                ReadPart(e);
                break;
            default:
                ReadText(e);
                break;
        }
    }

    private void ReadText(in ResponseEvent e)
    {
        var whole = e.Type.EndsWith(".done"u8);
        if (!whole && !e.Type.EndsWith(".delta"u8))
            return;
        var index = (int)(e.PartIndex ?? 0);
        if (e.Type.StartsWith("response.output_text."u8))
            _items.Part(OutputPart.Text, ItemOf(e), index, e.Value, whole);
        else if (e.Type.StartsWith("response.refusal."u8))
            _items.Part(OutputPart.Refusal, ItemOf(e), index, e.Value, whole);
        else if (e.Type.StartsWith("response.reasoning_summary_text."u8))
            _items.Part(OutputPart.Summary, ItemOf(e), index, e.Value, whole);
        else if (e.Type.StartsWith("response.reasoning_text."u8))
            _items.Part(OutputPart.Reasoning, ItemOf(e), index, e.Value, whole);
        else if (e.Type.StartsWith("response.function_call_arguments."u8))
            _items.Arguments(ItemOf(e), e.Value, e.Name, whole);
    }

    private void ReadPart(in ResponseEvent e)
    {
        var index = (int)(e.PartIndex ?? 0);
        var type = JsonSlice.Text(JsonSlice.Member(e.Part, "type"u8));
        var text = JsonSlice.Member(e.Part, "text"u8);
        if (type.SequenceEqual("output_text"u8))
        {
            _items.Part(OutputPart.Text, ItemOf(e), index, text, whole: true);
            _items.Annotations(ItemOf(e), index, JsonSlice.Member(e.Part, "annotations"u8));
        }
        else if (type.SequenceEqual("refusal"u8))
            _items.Part(OutputPart.Refusal, ItemOf(e), index, JsonSlice.Member(e.Part, "refusal"u8), whole: true);
        else if (type.SequenceEqual("reasoning_text"u8))
            _items.Part(OutputPart.Reasoning, ItemOf(e), index, text, whole: true);
    }

    private int ItemOf(in ResponseEvent e) =>
        _items.Find(
            e.OutputIndex, e.ItemId.Length > 0 ? e.ItemId : JsonSlice.Text(JsonSlice.Member(e.Item, "id"u8)),
            begins: e.Type.SequenceEqual("response.output_item.added"u8), ends: e.Type.SequenceEqual("response.output_item.done"u8));

    private void Complete(ReadOnlySpan<byte> response)
    {
        _items.Output(JsonSlice.Member(response, "output"u8));
        answer.SetUsage(UsageReader.Read(JsonSlice.Member(response, "usage"u8)));
        answer.SetTier(JsonSlice.Member(response, "service_tier"u8));
        var stop = FinishReasons.Map(call, response, _items.Refused);
        State = StreamState.Done;
        answer.End(stop);
    }
}
