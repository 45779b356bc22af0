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

    public DeltaReader(ProviderCall call, Answer answer)
    {
        _answer = answer;
        _filter = new ContentFilter(answer, call.Has(Quirk.ThinkTags), call.Has(Quirk.PrefillPrefix) ? Prefill.Of(call.Request) : null);
    }

    /// <summary>The model sent a refusal as such, not as text.</summary>
    public bool Refused { get; private set; }

    /// <param name="whole">A message: its calls carry no index, their order is it.</param>
    public void Read(in Delta delta, bool whole)
    {
        NoteMedia("images"u8, delta.Images);
        NoteMedia("audio"u8, delta.Audio);
        ReadThinking(delta.ReasoningContent, delta.Reasoning, delta.ReasoningDetails);
        ReadContent(delta.Content);
        ReadRefusal(delta.Refusal);
        foreach (var annotation in new JsonItems(delta.Annotations))
            UrlCitation.Read(_answer, annotation);
        ReadCalls(delta.Calls, whole);
        if (delta.Function.Length > 0 && delta.Function[0] == '{')
            ReadFunction(0, default, delta.Function);
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

        // Mistral's reasoning models send parts.
        foreach (var part in new JsonItems(content))
            ReadPart(part);
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

        foreach (var item in new JsonItems(thinking))
            _answer.Thinking(JsonSlice.Text(JsonSlice.Member(item, "text"u8), _thinking));
    }

    private void NoteMedia(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0 && (value[0] == '{' || new JsonItems(value).MoveNext()))
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
        var cursor = new JsonCursor(calls);
        cursor.Enter('[');
        for (var i = 0; cursor.Item(); i++)
        {
            if (!cursor.Enter('{'))
            {
                cursor.Skip();
                continue;
            }

            ReadOnlySpan<byte> index = default, id = default, function = default;
            while (cursor.Member(out var name))
            {
                if (index.Length == 0 && name.SequenceEqual("index"u8))
                    index = cursor.Value();
                else if (id.Length == 0 && name.SequenceEqual("id"u8))
                    id = cursor.Value();
                else if (function.Length == 0 && name.SequenceEqual("function"u8))
                    function = cursor.Value();
                else
                    cursor.Skip();
            }

            ReadFunction(whole ? i : (int?)JsonSlice.Number(index), JsonSlice.Text(id), function);
        }
    }

    private void ReadFunction(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> function)
    {
        ReadOnlySpan<byte> name = default, arguments = default;
        var cursor = new JsonCursor(function);
        if (function.Length > 0 && cursor.Enter('{'))
        {
            while (cursor.Member(out var member))
            {
                if (arguments.Length == 0 && member.SequenceEqual("arguments"u8))
                    arguments = cursor.Value();
                else if (name.Length == 0 && member.SequenceEqual("name"u8))
                    name = cursor.Value();
                else
                    cursor.Skip();
            }
        }

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
        _answer.ToolCall(index, id, JsonSlice.Text(name), arguments);
    }
}
