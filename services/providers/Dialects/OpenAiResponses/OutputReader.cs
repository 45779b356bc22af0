using System.Text;
using Gateway.Contracts.Web;
using Gateway.Providers.Answers;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>
/// Feeds output items into the answer, each part once. The same text may come up to four times, and any of them may be the only one (rule E12):
/// <code>
///   …delta, …delta  ->  …done (whole part)  ->  output_item.done (whole item)  ->  response.completed (all items)
/// </code>
/// Whichever form of a part comes first is used; the later ones are ignored.
/// </summary>
internal sealed class OutputReader(Answer answer)
{
    private readonly HashSet<(int Item, OutputPart Part, int Index)> _seen = [];
    private readonly Dictionary<string, int> _itemById = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int> _itemByIndex = [];
    private readonly HashSet<int> _named = [];
    private readonly HashSet<int> _ended = [];
    private int _items;
    private readonly Dictionary<int, TextDecoder> _arguments = [];
    private readonly TextDecoder _text = new();
    private byte[] _id = [];
    private int _idItem;
    private (OutputPart Kind, int Item, int Index)? _last;

    public bool Refused { get; private set; }

    /// <summary>
    /// Which item an event is about: the one with this id, else the last one at this index. Some servers count every item as the first, and
    /// some give it another id each time.
    /// </summary>
    /// <param name="begins">The event says that an item begins…</param>
    /// <param name="ends">…or that it has ended.</param>
    public int Find(long? index, ReadOnlySpan<byte> id, bool begins = false, bool ends = false)
    {
        // Every delta names its item, and mostly the same one.
        if (id.Length > 0 && id.SequenceEqual(_id) && !ends)
            return _idItem;
        var item = FindAnew(index, Encoding.UTF8.GetString(id), begins, ends);
        if (ends)
            _ended.Add(item);
        if (id.Length > 0)
            (_id, _idItem) = (id.ToArray(), item);
        return item;
    }

    private int FindAnew(long? index, string id, bool begins, bool ends)
    {
        if (id.Length > 0 && _itemById.TryGetValue(id, out var known))
            return known;
        var item = _items - 1;
        var there = index is { } at ? _itemByIndex.TryGetValue(at, out item) : _items > 0 && id.Length == 0;
        // What begins where there is an item, or ends where one has ended, is another one.
        if (!there || (begins && _named.Contains(item)) || (ends && _ended.Contains(item)))
            item = _items++;
        if (index is { } place)
            _itemByIndex[place] = item;
        if (id.Length > 0)
        {
            _itemById[id] = item;
            _named.Add(item);
        }

        return item;
    }

    /// <param name="value">Raw JSON string.</param>
    /// <param name="whole">The whole part, of interest only if nothing of it was there before.</param>
    public void Part(OutputPart part, int item, int index, ReadOnlySpan<byte> value, bool whole)
    {
        // The summary and the reasoning behind it are the same thoughts twice (rule E86).
        if (part == OutputPart.Summary && _seen.Contains((item, OutputPart.Reasoning, 0)))
            return;
        if (part == OutputPart.Reasoning && _seen.Contains((item, OutputPart.Summary, 0)))
            return;
        if (!_seen.Add((item, part, index)) && whole)
            return;
        var text = JsonSlice.Text(value, _text);
        if (text.Length == 0)
            return;
        if (part is OutputPart.Text or OutputPart.Refusal)
        {
            Refused |= part == OutputPart.Refusal;
            if (Follows(OutputPart.Text, item, index))
                answer.Text("\n\n"u8);
            answer.Text(text);
        }
        else
        {
            if (Follows(OutputPart.Reasoning, item, index))
                answer.Thinking("\n\n"u8);
            answer.Thinking(text);
        }
    }

    public void Arguments(int item, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, bool whole)
    {
        if (!_seen.Add((item, OutputPart.Arguments, 0)) && whole)
            return;
        _last = null;
        if (!_arguments.TryGetValue(item, out var decoder))
            _arguments[item] = decoder = new TextDecoder();
        // Arguments that are no string are taken as the JSON they are.
        var arguments = value.Length > 0 && value[0] == '{' ? value : JsonSlice.Text(value, decoder);
        answer.ToolCall(item, default, _seen.Contains((item, OutputPart.Call, 0)) ? default : name, arguments);
    }

    /// <summary>An item as it begins or as it is in the end.</summary>
    public void Item(int item, ReadOnlySpan<byte> json, bool whole)
    {
        var type = JsonSlice.Text(JsonSlice.Member(json, "type"u8));
        if (type.SequenceEqual("function_call"u8))
            Call(item, json, whole);
        else if (type.SequenceEqual("message"u8))
            Message(item, json, whole);
        else if (!whole)
            return;
        else if (type.SequenceEqual("reasoning"u8))
            Reasoning(item, json);
        else if (answer.TakesSearches && type.SequenceEqual("web_search_call"u8))
            Search(item, JsonSlice.Member(json, "action"u8));
        else if (_seen.Add((item, OutputPart.Unknown, 0)))
            answer.Drop(type.Length > 0 ? type : "output"u8);
    }

    /// <summary>Of its own steps a search tells; pages it opens, and what it looks for in them, are part of one.</summary>
    private void Search(int item, ReadOnlySpan<byte> action)
    {
        var type = JsonSlice.Text(JsonSlice.Member(action, "type"u8));
        if (!_seen.Add((item, OutputPart.Unknown, 0)) || !(type.IsEmpty || type.SequenceEqual("search"u8)))
            return;
        _last = null;
        var query = JsonSlice.Text(JsonSlice.Member(action, "query"u8));
        if (query.IsEmpty)
        {
            foreach (var first in new JsonItems(JsonSlice.Member(action, "queries"u8), all: true))
            {
                query = JsonSlice.Text(first);
                break;
            }
        }

        var results = new List<WebResult>();
        foreach (var source in new JsonItems(JsonSlice.Member(action, "sources"u8)))
        {
            if (WebSource.Read(source) is { } result)
                results.Add(result);
        }

        answer.Search(Encoding.UTF8.GetString(query), results);
    }

    /// <param name="part">The text it belongs to.</param>
    /// <param name="index">Its number within that.</param>
    public void Annotation(int item, int part, int index, ReadOnlySpan<byte> annotation)
    {
        if (_seen.Add((item, OutputPart.Annotation, (part << 16) + index)))
            UrlCitation.Read(answer, annotation);
    }

    public void Annotations(int item, int part, ReadOnlySpan<byte> annotations)
    {
        var index = 0;
        foreach (var annotation in new JsonItems(annotations))
            Annotation(item, part, index++, annotation);
    }

    /// <summary>All items of a response.</summary>
    public void Output(ReadOnlySpan<byte> output)
    {
        var index = 0;
        foreach (var item in new JsonItems(output))
        {
            // A stream may have numbered them differently; an id that it has not had stands for the item at this place.
            var id = JsonSlice.Text(JsonSlice.Member(item, "id"u8));
            Item(Find(index++, id), item, whole: true);
        }
    }

    private void Call(int item, ReadOnlySpan<byte> json, bool whole)
    {
        if (!_seen.Contains((item, OutputPart.Call, 0)))
        {
            answer.ToolCall(item, JsonSlice.Text(JsonSlice.Member(json, "call_id"u8)), JsonSlice.Text(JsonSlice.Member(json, "name"u8)), default);
            _seen.Add((item, OutputPart.Call, 0));
            _last = null;
        }

        var arguments = JsonSlice.Member(json, "arguments"u8);
        // An item begins with empty arguments, unless a provider sends all of them at once.
        if (whole || arguments.Length > 2)
            Arguments(item, arguments, default, whole: true);
    }

    private void Message(int item, ReadOnlySpan<byte> json, bool whole)
    {
        // Before the text, so that the thinking before it can hold it.
        var phase = JsonSlice.Member(json, "phase"u8);
        if (phase.Length > 2 && phase[0] == '"' && _seen.Add((item, OutputPart.Phase, 0)))
            answer.OpaqueThinking(ReasoningItem.KeepPhase(phase));
        if (!whole)
            return;
        var index = 0;
        foreach (var part in new JsonItems(JsonSlice.Member(json, "content"u8)))
        {
            var refusal = JsonSlice.Member(part, "refusal"u8);
            if (refusal.Length > 0)
                Part(OutputPart.Refusal, item, index, refusal, whole: true);
            else
                Part(OutputPart.Text, item, index, JsonSlice.Member(part, "text"u8), whole: true);
            Annotations(item, index, JsonSlice.Member(part, "annotations"u8));
            index++;
        }
    }

    private void Reasoning(int item, ReadOnlySpan<byte> json)
    {
        Parts(OutputPart.Summary, item, JsonSlice.Member(json, "summary"u8));
        Parts(OutputPart.Reasoning, item, JsonSlice.Member(json, "content"u8));
        var encrypted = JsonSlice.Member(json, "encrypted_content"u8);
        if (encrypted.Length <= 2 || encrypted[0] != '"' || !_seen.Add((item, OutputPart.Encrypted, 0)))
            return;
        answer.OpaqueThinking(ReasoningItem.Keep(JsonSlice.Member(json, "id"u8), encrypted));
    }

    private void Parts(OutputPart kind, int item, ReadOnlySpan<byte> parts)
    {
        var index = 0;
        foreach (var part in new JsonItems(parts))
            Part(kind, item, index++, JsonSlice.Member(part, "text"u8), whole: true);
    }

    /// <summary>Whether another part of the same kind was right before, so that both become one block: then they are its paragraphs.</summary>
    private bool Follows(OutputPart kind, int item, int index)
    {
        var before = _last;
        _last = (kind, item, index);
        return before is { } last && last.Kind == kind && (last.Item, last.Index) != (item, index);
    }
}
