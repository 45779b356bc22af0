using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Answers;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>Feeds the content of a <c>delta</c>, or of a whole <c>message</c>, into the answer: thinking, then text, then calls.</summary>
internal sealed class DeltaReader
{
    private readonly Answer _answer;
    private readonly TextDecoder _text = new();
    private readonly TextDecoder _thinking = new();
    private readonly Dictionary<int, TextDecoder> _arguments = [];
    private readonly ContentFilter _filter;

    public DeltaReader(Call call, Answer answer)
    {
        _answer = answer;
        _filter = new ContentFilter(answer, call.Has(Quirk.ThinkTags), call.Has(Quirk.PrefillPrefix) ? Prefill.Of(call.Request) : null);
    }

    /// <summary>The model refused in so many words.</summary>
    public bool Refused { get; private set; }

    /// <param name="whole">A message: its calls carry no index, their order is it.</param>
    public void Read(ReadOnlySpan<byte> delta, bool whole)
    {
        ReadOnlySpan<byte> content = default, reasoningContent = default, reasoning = default, details = default, calls = default, function = default, refusal = default, annotations = default;
        var reader = new Utf8JsonReader(delta, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
                content = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("reasoning_content"u8))
                reasoningContent = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("reasoning"u8))
                reasoning = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("reasoning_details"u8))
                details = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("tool_calls"u8))
                calls = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("function_call"u8))
                function = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("refusal"u8))
                refusal = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("annotations"u8))
                annotations = JsonSlice.Value(ref reader, delta);
            else if (reader.ValueTextEquals("audio"u8) || reader.ValueTextEquals("images"u8))
                NoteMedia(reader.ValueSpan, JsonSlice.Value(ref reader, delta));
            else
                reader.Skip();
        }

        ReadThinking(reasoningContent, reasoning, details);
        ReadContent(content);
        ReadRefusal(refusal);
        foreach (var annotation in new JsonItems(annotations))
            UrlCitation.Take(_answer, annotation);
        ReadCalls(calls, whole);
        if (function.Length > 0 && function[0] == '{')
            ReadFunction(0, default, function);
    }

    /// <summary>Nothing follows: what was held back goes out.</summary>
    public void Flush() => _filter.Flush();

    /// <summary>The same reasoning may come in two fields; one of them is used (rule E86).</summary>
    private void ReadThinking(ReadOnlySpan<byte> reasoningContent, ReadOnlySpan<byte> reasoning, ReadOnlySpan<byte> details)
    {
        var text = JsonSlice.Text(reasoningContent, _thinking);
        if (text.Length == 0)
            text = JsonSlice.Text(reasoning, _thinking);
        _answer.Thinking(text);
        if (details.Length == 0 || details[0] != '[')
            return;
        using var list = JsonDocument.Parse(details.ToArray(), GatewayJson.DocumentOptions);
        foreach (var detail in list.RootElement.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object)
                continue;
            if (text.Length == 0 && (Part(detail, "text") ?? Part(detail, "summary")) is { } part)
                _answer.Thinking(part);
            if (ReasoningDetails.IsOpaque(detail))
                _answer.OpaqueThinking(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(detail));
        }
    }

    private static byte[]? Part(JsonElement detail, string name) =>
        detail.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? System.Text.Encoding.UTF8.GetBytes(JsonText.Read(value))
            : null;

    private void ReadContent(ReadOnlySpan<byte> content)
    {
        if (content.Length == 0)
            return;
        if (content[0] == '"')
        {
            _filter.Text(JsonSlice.Text(content, _text));
            return;
        }

        if (content[0] != '[')
            return;
        // Mistral's reasoning models send parts.
        var reader = new Utf8JsonReader(content, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            ReadPart(content[start..(int)reader.BytesConsumed]);
        }
    }

    private void ReadPart(ReadOnlySpan<byte> part)
    {
        var thinking = JsonSlice.Member(part, "thinking"u8);
        if (thinking.Length == 0)
        {
            _filter.Text(JsonSlice.Text(JsonSlice.Member(part, "text"u8), _text));
            return;
        }

        if (thinking[0] != '[')
        {
            _answer.Thinking(JsonSlice.Text(thinking, _thinking));
            return;
        }

        var reader = new Utf8JsonReader(thinking, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            _answer.Thinking(JsonSlice.Text(JsonSlice.Member(thinking[start..(int)reader.BytesConsumed], "text"u8), _thinking));
        }
    }

    private void NoteMedia(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> value)
    {
        if (value[0] == '{' || new JsonItems(value).MoveNext())
            _answer.Drop(kind);
    }

    private void ReadRefusal(ReadOnlySpan<byte> refusal)
    {
        var text = JsonSlice.Text(refusal, _text);
        if (text.Length == 0)
            return;
        Refused = true;
        _filter.Text(text);
    }

    private void ReadCalls(ReadOnlySpan<byte> calls, bool whole)
    {
        if (calls.Length == 0 || calls[0] != '[')
            return;
        _filter.Flush();
        var reader = new Utf8JsonReader(calls, GatewayJson.ReaderOptions);
        reader.Read();
        for (var i = 0; reader.Read() && reader.TokenType == JsonTokenType.StartObject; i++)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var call = calls[start..(int)reader.BytesConsumed];
            var index = JsonSlice.Number(JsonSlice.Member(call, "index"u8));
            ReadFunction(whole ? i : (int?)index, JsonSlice.Text(JsonSlice.Member(call, "id"u8)), JsonSlice.Member(call, "function"u8));
        }
    }

    private void ReadFunction(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> function)
    {
        var arguments = JsonSlice.Member(function, "arguments"u8);
        if (arguments.Length > 0 && arguments[0] == '"')
        {
            if (!_arguments.TryGetValue(index ?? -1, out var decoder))
                _arguments[index ?? -1] = decoder = new TextDecoder();
            arguments = JsonSlice.Text(arguments, decoder);
        }
        else if (JsonSlice.IsNull(arguments))
        {
            arguments = default;
        }

        // Arguments that are no string are taken as the JSON they are: some servers forget to encode them.
        _answer.ToolCall(index, id, JsonSlice.Text(JsonSlice.Member(function, "name"u8)), arguments);
    }
}
