using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteMessages()
    {
        if (_request.Cache is not null)
            Dropped.Add("cache_control");
        _json.WriteStartArray("messages"u8);
        WriteSystem(_request.System);
        var turns = Conversation.Turns(_request).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.Assistant assistant)
                WriteAssistant(assistant, last: i == turns.Count - 1);
            else
                WriteUser((Turn.User)turns[i], first: i == 0 && _request.System.Count == 0);
        }

        _json.WriteEndArray();
        if (turns.Count > 0 && turns[^1] is Turn.Assistant && _call.Has(Quirk.PrefillContinue))
        {
            _json.WriteBoolean("add_generation_prompt"u8, false);
            _json.WriteBoolean("continue_final_message"u8, true);
        }
    }

    private void WriteSystem(IReadOnlyList<ContentBlock> content)
    {
        if (content.Count == 0)
            return;
        _json.WriteStartObject();
        _json.WriteString("role"u8, "system"u8);
        WriteContent(content);
        _json.WriteEndObject();
    }

    /// <summary>The results of the turn's calls first, then what they could not hold, then the user's own words (rules E56, E59, E60).</summary>
    private void WriteUser(Turn.User turn, bool first)
    {
        var media = new List<ContentBlock>();
        foreach (var result in turn.Results)
            WriteToolResult(result, media);
        var messages = turn.Messages.ToList();
        if (media.Count > 0)
            messages.Insert(0, new InputMessage(Role.User, media, turn.Results[0].Path));
        // A leading system message given in `messages` is where every provider allows it.
        if (first && messages.Count > 0 && messages[0].Role == Role.System)
        {
            WriteSystem(messages[0].Content);
            messages.RemoveAt(0);
        }

        if (_call.Has(Quirk.LeadingSystemOnly))
            messages = [.. messages.Select(AsUser)];
        if (_call.Has(Quirk.StrictAlternation) && messages.Count > 1 && messages.TrueForAll(m => m.Role == Role.User))
            messages = [new InputMessage(Role.User, [.. messages.SelectMany(m => m.Content)], messages[0].Path)];
        foreach (var message in messages)
            WriteMessage(message);
    }

    /// <summary>Where only a leading system message is allowed, a later one speaks as the user, never as the assistant (rule E71).</summary>
    private static InputMessage AsUser(InputMessage message) => message.Role != Role.System
        ? message
        : message with { Role = Role.User, Content = [.. message.Content.Select(b => b is ContentBlock.Text t ? t with { Value = $"<system>\n{t.Value}\n</system>" } : b)] };

    private void WriteMessage(InputMessage message)
    {
        _json.WriteStartObject();
        _json.WriteString("role"u8, message.Role == Role.System ? "system"u8 : "user"u8);
        WriteContent(message.Content);
        _json.WriteEndObject();
    }

    private void WriteAssistant(Turn.Assistant turn, bool last)
    {
        var calls = turn.Content.OfType<ContentBlock.ToolUse>().ToList();
        var text = AssistantText(turn.Content);
        if (last)
            CheckPrefill(turn.Content[^1]);
        if (text.Length == 0 && calls.Count == 0)
            return;
        _json.WriteStartObject();
        _json.WriteString("role"u8, "assistant"u8);
        if (text.Length > 0)
            _json.WriteString("content"u8, text);
        else
            _json.WriteNull("content"u8);
        WriteReplayedThinking(turn.Content, calls.Count > 0);
        WriteCalls(calls);
        if (last && _call.Has(Quirk.PrefillPrefix))
            _json.WriteBoolean("prefix"u8, true);
        if (last && _call.Has(Quirk.PrefillPartial))
            _json.WriteBoolean("partial"u8, true);
        _json.WriteEndObject();
    }

    /// <summary>A provider that can't continue an assistant's words would answer to them instead (rule E40). The wording is Anthropic's own.</summary>
    private void CheckPrefill(ContentBlock block)
    {
        if (!_call.Has(Quirk.PrefillPrefix) && !_call.Has(Quirk.PrefillPartial) && !_call.Has(Quirk.PrefillContinue))
            throw GatewayException.Invalid($"{block.Path}: This model does not support assistant message prefill. The conversation must end with a user message.");
    }

    private void WriteCalls(List<ContentBlock.ToolUse> calls)
    {
        if (calls.Count == 0)
            return;
        _json.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            _json.WriteStartObject();
            _json.WriteString("id"u8, _call.ToolIds.ToUpstream(call.Id));
            _json.WriteString("type"u8, "function"u8);
            _json.WriteStartObject("function"u8);
            _json.WriteString("name"u8, _call.ToolNames.ToUpstream(call.Name));
            _json.WriteString(
                "arguments"u8,
                call.Input.ValueKind == JsonValueKind.Undefined ? "{}"u8 : System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(call.Input));
            _json.WriteEndObject();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    /// <summary>
    /// Adjacent texts of a message are one text that citations had split; otherwise they are paragraphs. Thinking is never shown as text (rule E94).
    /// </summary>
    private string AssistantText(IReadOnlyList<ContentBlock> content)
    {
        var text = new StringBuilder();
        ContentBlock? before = null;
        foreach (var block in content)
        {
            var part = block switch
            {
                ContentBlock.Text t => t.Value,
                ContentBlock.ServerTool s => ServerToolNote.Of(s),
                ContentBlock.Document d => DocumentText(d) ?? throw NoDocument(d),
                _ => "",
            };
            NoteCache(block);
            if (part.Length > 0 && text.Length > 0 && !(block is ContentBlock.Text && before is ContentBlock.Text && AreSiblings(block, before)))
                text.Append("\n\n");
            text.Append(part);
            before = block;
        }

        return text.ToString();
    }

    private static bool AreSiblings(ContentBlock a, ContentBlock b)
    {
        var parent = a.Path.LastIndexOf('.');
        return parent == b.Path.LastIndexOf('.') && a.Path.AsSpan(0, parent).SequenceEqual(b.Path.AsSpan(0, parent));
    }

    /// <summary>Reasoning is given back only to those that insist on it (rules E89, E91).</summary>
    private void WriteReplayedThinking(IReadOnlyList<ContentBlock> content, bool hasCalls)
    {
        var blocks = content.OfType<ContentBlock.Thinking>().ToList();
        if (_call.Has(Quirk.ReplaysReasoningContent))
        {
            var text = string.Concat(blocks.Select(ThinkingText));
            if (text.Length > 0 || hasCalls)
                _json.WriteString("reasoning_content"u8, text);
        }
        else if (_call.Has(Quirk.ReasoningDetails))
        {
            if (blocks.Exists(b => Own(b) is null))
                Dropped.Add("content.thinking");
            ReasoningDetails.Write(_json, blocks.Where(b => Own(b) is not null).Select(b => (ThinkingText(b), Own(b)!)));
        }
        else if (blocks.Count > 0)
        {
            Dropped.Add("content.thinking");
        }

        if (content.Any(b => b is ContentBlock.RedactedThinking))
            Dropped.Add("content.redacted_thinking");
    }

    private string ThinkingText(ContentBlock.Thinking block) => block.Value.Length > 0 ? block.Value : Own(block)?.Text ?? "";

    /// <summary>The signature, if it was made of this very model's reasoning.</summary>
    private ThinkingSignature? Own(ContentBlock.Thinking block) =>
        ThinkingSignature.TryParse(block.Signature) is { } signature && signature.Provider == _call.Provider.Name && signature.Model == _call.UpstreamModel
            ? signature
            : null;
}
