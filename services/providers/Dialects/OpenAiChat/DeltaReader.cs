using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Answers;
using Gateway.Providers.Text;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>Feeds the content of a <c>delta</c>, or of a whole <c>message</c>, into the answer: thinking, then text, then calls.</summary>
internal sealed class DeltaReader
{
    private readonly ProviderCall _call;
    private readonly Answer _answer;
    private readonly TextDecoder _text = new();
    private readonly TextDecoder _thinking = new();
    private readonly Dictionary<int, TextDecoder> _arguments = [];
    private readonly ContentFilter _filter;
    private bool _hasContent, _hasThinking, _hasCalls;

    public DeltaReader(ProviderCall call, Answer answer)
    {
        _call = call;
        _answer = answer;
        _filter = new ContentFilter(
            answer, call.Has(Quirk.ThinkTags), call.HoldsText && call.Model?.Capabilities?.Reasoning != false,
            call.Has(Quirk.PrefillPrefix) ? Prefill.Of(call.Request) : null);
    }

    /// <summary>The model sent a refusal as such, not as text.</summary>
    public bool Refused { get; private set; }

    /// <param name="whole">A message: its calls carry no index, their order is it.</param>
    public void Read(in Delta delta, bool whole)
    {
        _hasContent |= Says(delta.Content) || Says(delta.Refusal);
        _hasThinking |= Says(delta.Reasoning) || Says(delta.ReasoningDetails);
        _hasCalls |= Says(delta.Calls) || Says(delta.Function);
        NoteMedia("images"u8, delta.Images);
        NoteMedia("audio"u8, delta.Audio);
        ReadThinking(delta);
        ReadContent(delta.Content);
        ReadRefusal(delta.Refusal);
        foreach (var annotation in new JsonItems(delta.Annotations))
            UrlCitation.Read(_answer, annotation);
        ReadCalls(delta.Calls, whole);
        if (delta.Function.Length > 0 && delta.Function[0] == '{')
            ReadFunction(0, default, delta.Function, default);
    }

    /// <summary>A whole message at the end of a stream: only what no delta has brought is new.</summary>
    public void ReadRest(Delta message)
    {
        if (_hasContent)
            message.Content = message.Refusal = message.Annotations = default;
        if (_hasThinking)
            message.Reasoning = message.ReasoningDetails = message.ReasoningOpaque = default;
        if (_hasCalls)
            message.Calls = message.Function = default;
        Read(message, whole: true);
    }

    /// <summary>Not null, and neither an empty text nor an empty list.</summary>
    private static bool Says(ReadOnlySpan<byte> value) => value.Length > 2 && !JsonSlice.IsNull(value);

    /// <summary>Nothing follows: what was held back goes out.</summary>
    /// <param name="cut">The limit of tokens ended the answer, so its end tells nothing.</param>
    public void Flush(bool cut)
    {
        _filter.Flush();
        if (!cut)
            _call.TextBeginsOpenly = _filter.BeginsOpenly;
    }

    /// <summary>The same reasoning may come in several fields; one of them is used (rule E86).</summary>
    private void ReadThinking(in Delta delta)
    {
        var text = JsonSlice.Text(delta.Reasoning, _thinking);
        if (text.Length > 0)
        {
            _filter.ReasoningIsApart();
            _answer.ThinkingName = delta.ReasoningName;
            _answer.Thinking(text);
        }

        if (delta.ReasoningOpaque.Length > 2 && delta.ReasoningOpaque[0] == '"')
            _answer.OpaqueThinking((byte[])[.. "{\"reasoning_opaque\":"u8, .. delta.ReasoningOpaque, (byte)'}']);
        var details = delta.ReasoningDetails;
        if (details.Length == 0 || details[0] != '[')
            return;
        using var list = JsonDocument.Parse(details.ToArray(), GatewayJson.DocumentOptions);
        foreach (var detail in list.RootElement.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object)
                continue;
            if (text.Length == 0 && (Part(detail, "text") ?? Part(detail, "summary")) is { } part)
            {
                _filter.ReasoningIsApart();
                _answer.Thinking(part);
            }

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
            ArrayBufferWriter<byte>? kept = null;
            while (cursor.Member(out var name))
            {
                if (index.Length == 0 && name.SequenceEqual("index"u8))
                    index = cursor.Value();
                else if (id.Length == 0 && name.SequenceEqual("id"u8))
                    id = cursor.Value();
                else if (function.Length == 0 && name.SequenceEqual("function"u8))
                    function = cursor.Value();
                else if (CallState.IsKept(name))
                    Keep(name, cursor.Value(), ref kept);
                else
                    cursor.Skip();
            }

            kept?.Write("}"u8);
            ReadFunction(whole ? i : (int?)JsonSlice.Number(index), JsonSlice.Text(id), function, kept is null ? default : kept.WrittenSpan);
        }
    }

    private static void Keep(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref ArrayBufferWriter<byte>? kept)
    {
        if (JsonSlice.IsNull(value))
            return;
        var first = kept is null;
        kept ??= new ArrayBufferWriter<byte>(256);
        kept.Write(first ? "{\""u8 : ",\""u8);
        kept.Write(name);
        kept.Write("\":"u8);
        kept.Write(value);
    }

    /// <param name="kept">What its provider wants back with the call: members of it, as a JSON object.</param>
    private void ReadFunction(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> function, ReadOnlySpan<byte> kept)
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
        _answer.ToolCall(index, id, JsonSlice.Text(name), arguments, kept);
    }
}
