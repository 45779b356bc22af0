using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;

namespace Gateway.Ingress.Safeguards;

/// <summary>The tool calls of an answer, and what it says beside them, gathered as it passes.</summary>
internal sealed class PendingCalls
{
    /// <summary>Characters of all inputs together; more no judge is asked to read.</summary>
    public const int MaxInput = 64 * 1024;

    private readonly List<PendingCall> _calls = [];
    private readonly Dictionary<int, PendingCall> _open = [];
    private readonly StringBuilder _text = new();
    private PendingCall? _last;
    private int _length;

    public IReadOnlyList<PendingCall> All => _calls;

    /// <summary>Something of it is no text, so that a call may be missing.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>What the answer says, cut to what a transcript takes of one text.</summary>
    public string Text => _text.ToString();

    /// <summary>Of a whole answer.</summary>
    public static PendingCalls Of(JsonElement message)
    {
        var calls = new PendingCalls();
        try
        {
            calls.Take(message.GetProperty("content"u8).EnumerateArray());
            calls.End(TextOf(message, "stop_reason"u8));
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            calls.IsUnreadable = true;
        }

        return calls;
    }

    private void Take(JsonElement.ArrayEnumerator content)
    {
        var index = 0;
        foreach (var block in content)
        {
            Begin(index, block);
            Close(index++);
        }
    }

    /// <summary>An event of the answer.</summary>
    public void Take(in SseEvent e)
    {
        if (!e.HasData || !(e.Name.IsEmpty || e.Name.StartsWith("content_block"u8)))
            return;
        try
        {
            using var document = JsonDocument.Parse(e.Data.ToArray(), GatewayJson.DocumentOptions);
            Take(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // As it came, the client gets it.
            IsUnreadable = true;
        }
    }

    /// <summary>The answer is over: calls that were cut, or whose input is none, cannot be judged.</summary>
    public void End(string? stopReason)
    {
        foreach (var call in _open.Values)
            call.Unjudged ??= Reasons.Truncated;
        if (_last is not null && stopReason is "max_tokens" or "model_context_window_exceeded")
            _last.Unjudged ??= Reasons.Truncated;
        foreach (var call in _calls)
        {
            if (_length > MaxInput)
                call.Unjudged = Reasons.InputTooLong;
            else if (call.Unjudged is null && !IsJson(call.Input.ToString()))
                call.Unjudged = Reasons.Truncated;
        }

        // Two calls of one id could not be told apart in the results.
        foreach (var group in _calls.GroupBy(c => c.Id, StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            foreach (var call in group)
                call.Unjudged = Reasons.Error;
        }
    }

    private void Take(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object || TextOf(data, "type"u8) is not { } type)
            return;
        var index = data.TryGetProperty("index"u8, out var at) && at.TryGetInt32(out var number) ? number : -1;
        switch (type)
        {
            case "content_block_start" when data.TryGetProperty("content_block"u8, out var block):
                Begin(index, block);
                break;
            case "content_block_delta" when data.TryGetProperty("delta"u8, out var delta) && delta.ValueKind == JsonValueKind.Object:
                Continue(index, delta);
                break;
            case "content_block_stop":
                Close(index);
                break;
        }
    }

    private void Begin(int index, JsonElement block)
    {
        _last = null;
        if (block.ValueKind != JsonValueKind.Object)
            return;
        if (TextOf(block, "type"u8) == "text")
        {
            Say(TextOf(block, "text"u8));
            return;
        }

        if (TextOf(block, "type"u8) != "tool_use" || TextOf(block, "id"u8) is not { } id || TextOf(block, "name"u8) is not { } name)
            return;
        _last = new PendingCall(id, name);
        _calls.Add(_last);
        _open[index] = _last;
        // Of a stream it is empty until its deltas come; some endpoints send it at once.
        if (block.TryGetProperty("input"u8, out var input) && !(input.ValueKind == JsonValueKind.Object && !input.EnumerateObject().MoveNext()))
            Add(_last, input.GetRawText());
    }

    private void Close(int index)
    {
        if (_open.Remove(index, out var call) && call.Input.Length == 0)
            call.Input.Append("{}");
    }

    private void Continue(int index, JsonElement delta)
    {
        if (_open.TryGetValue(index, out var call) && delta.TryGetProperty("partial_json"u8, out var part) && part.ValueKind == JsonValueKind.String)
        {
            try
            {
                Add(call, part.GetString()!);
            }
            catch (InvalidOperationException)
            {
                // Half of a character: it is no text.
                call.Unjudged = Reasons.Truncated;
            }
        }
        else if (TextOf(delta, "type"u8) == "text_delta")
        {
            Say(TextOf(delta, "text"u8));
        }
    }

    private void Add(PendingCall call, string input)
    {
        _length += input.Length;
        if (_length <= MaxInput)
            call.Input.Append(input);
    }

    private void Say(string? text)
    {
        if (text is not null && _text.Length < Transcript.MaxEntry)
            _text.Append(text.AsSpan(0, Math.Min(text.Length, Transcript.MaxEntry - _text.Length)));
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, GatewayJson.DocumentOptions);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? TextOf(JsonElement owner, ReadOnlySpan<byte> name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
