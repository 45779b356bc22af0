using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteMessages()
    {
        if (Request.Cache is not null)
            Dropped.Add("cache_control");
        Json.WriteStartArray("messages"u8);
        WriteSystem(Request.System);
        var turns = Conversation.Turns(Request).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.Assistant assistant)
                WriteAssistant(assistant, last: i == turns.Count - 1);
            else
                WriteUser((Turn.User)turns[i], first: i == 0 && Request.System.Count == 0);
        }

        Json.WriteEndArray();
        if (turns.Count > 0 && turns[^1] is Turn.Assistant && Call.Has(Quirk.PrefillContinue))
        {
            Json.WriteBoolean("add_generation_prompt"u8, false);
            Json.WriteBoolean("continue_final_message"u8, true);
        }
    }

    private void WriteSystem(IReadOnlyList<ContentBlock> content)
    {
        if (content.Count == 0)
            return;
        Json.WriteStartObject();
        Json.WriteString("role"u8, "system"u8);
        WriteContent(content);
        Json.WriteEndObject();
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

        if (Call.Has(Quirk.LeadingSystemOnly))
            messages = [.. messages.Select(AsUser)];
        if (Call.Has(Quirk.StrictAlternation) && messages.Count > 1 && messages.TrueForAll(m => m.Role == Role.User))
            messages = [new InputMessage(Role.User, [.. messages.SelectMany(m => m.Content)], messages[0].Path)];
        foreach (var message in messages)
            WriteMessage(message);
    }

    /// <summary>Where only a leading system message is allowed, a later one speaks as the user, never as the assistant (rule E71).</summary>
    private static InputMessage AsUser(InputMessage message) => message.Role != Role.System
        ? message
        : message with
        {
            Role = Role.User,
            Content = [.. message.Content.Select(b => b is ContentBlock.Text t ? t with { Value = BlockText.OfSystem(t.Value.ToString()) } : b)],
        };

    private void WriteMessage(InputMessage message)
    {
        Json.WriteStartObject();
        Json.WriteString("role"u8, message.Role == Role.System ? "system"u8 : "user"u8);
        WriteContent(message.Content);
        Json.WriteEndObject();
    }

    private void WriteAssistant(Turn.Assistant turn, bool last)
    {
        var calls = turn.Content.OfType<ContentBlock.ToolUse>().ToList();
        var text = AssistantText(turn.Content);
        if (last)
            CheckPrefill(turn.Content[^1]);
        if (text.IsEmpty && calls.Count == 0)
            return;
        Json.WriteStartObject();
        Json.WriteString("role"u8, "assistant"u8);
        if (!text.IsEmpty)
            Json.WriteText("content"u8, text);
        else
            Json.WriteNull("content"u8);
        WriteReplayedThinking(turn.Content, calls.Count > 0);
        WriteCalls(calls);
        if (last && Call.Has(Quirk.PrefillPrefix))
            Json.WriteBoolean("prefix"u8, true);
        if (last && Call.Has(Quirk.PrefillPartial))
            Json.WriteBoolean("partial"u8, true);
        Json.WriteEndObject();
    }

    private void CheckPrefill(ContentBlock block)
    {
        if (!Call.Has(Quirk.PrefillPrefix) && !Call.Has(Quirk.PrefillPartial) && !Call.Has(Quirk.PrefillContinue))
            throw NoPrefill(block);
    }

    private void WriteCalls(List<ContentBlock.ToolUse> calls)
    {
        if (calls.Count == 0)
            return;
        Json.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            Json.WriteStartObject();
            Json.WriteString("id"u8, Call.ToolIds.ToUpstream(call.Id));
            Json.WriteString("type"u8, "function"u8);
            Json.WriteStartObject("function"u8);
            Json.WriteString("name"u8, Call.ToolNames.ToUpstream(call.Name));
            Json.WriteString(
                "arguments"u8,
                call.Input.IsAbsent ? "{}"u8 : RawJson.ReplaceLoneSurrogates(call.Input.Span));
            Json.WriteEndObject();
            Json.WriteEndObject();
        }

        Json.WriteEndArray();
    }

    /// <summary>
    /// Adjacent texts of a message are one text that citations had split; otherwise they are paragraphs. Thinking is never shown as text (rule E94).
    /// </summary>
    private RequestText AssistantText(IReadOnlyList<ContentBlock> content)
    {
        var text = default(JoinedText);
        ContentBlock? before = null;
        foreach (var block in content)
        {
            NoteCache(block);
            if (block is ContentBlock.Text or ContentBlock.ServerTool or ContentBlock.Document)
                text.Add(BlockText.Of(block) ?? throw NoDocument(block), BlockText.Continues(block, before) ? "" : "\n\n");
            before = block;
        }

        return text.Text;
    }

    /// <summary>Reasoning is given back only to those that insist on it (rules E89, E91).</summary>
    private void WriteReplayedThinking(IReadOnlyList<ContentBlock> content, bool hasCalls)
    {
        var blocks = content.OfType<ContentBlock.Thinking>().ToList();
        if (Call.Has(Quirk.ReplaysReasoningContent))
        {
            var text = string.Concat(blocks.Select(ThinkingText));
            if (text.Length > 0 || hasCalls)
                Json.WriteString("reasoning_content"u8, text);
        }
        else if (Call.Has(Quirk.ReasoningDetails))
        {
            if (blocks.Exists(b => OwnSignature(b) is null))
                Dropped.Add("content.thinking");
            ReasoningDetails.Write(Json, blocks.Where(b => OwnSignature(b) is not null).Select(b => (ThinkingText(b), OwnSignature(b)!)));
        }
        else if (blocks.Count > 0)
        {
            Dropped.Add("content.thinking");
        }

        if (content.Any(b => b is ContentBlock.RedactedThinking))
            Dropped.Add("content.redacted_thinking");
    }

    private string ThinkingText(ContentBlock.Thinking block) => !block.Value.IsEmpty ? block.Value.ToString() : OwnSignature(block)?.Text ?? "";
}
