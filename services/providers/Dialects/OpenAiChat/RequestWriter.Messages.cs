using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteMessages()
    {
        if (Request.Cache is not null)
            Dropped.Add("cache_control");
        var messages = Messages();
        Json.WriteStartArray("messages"u8);
        foreach (var message in messages)
        {
            Json.WriteStartObject();
            Write(message);
            Json.WriteEndObject();
        }

        Json.WriteEndArray();
        if (messages.Count > 0 && messages[^1] is ChatMessage.Assistant && Call.Has(Quirk.PrefillContinue))
        {
            Json.WriteBoolean("add_generation_prompt"u8, false);
            Json.WriteBoolean("continue_final_message"u8, true);
        }
    }

    private List<ChatMessage> Messages()
    {
        var messages = new List<ChatMessage>();
        if (Request.System.Count > 0)
            RoleRules.Add(Call, messages, new ChatMessage.Said(Role.System, Request.System));
        var turns = Conversation.Turns(Request).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.User user)
                AddUser(user, messages);
            else
                AddAssistant(((Turn.Assistant)turns[i]).Content, last: i == turns.Count - 1, messages);
        }

        return messages;
    }

    /// <summary>The results of the turn's calls first, then what they could not hold, then the user's own words (rules E56, E59, E60).</summary>
    private void AddUser(Turn.User turn, List<ChatMessage> messages)
    {
        var media = new List<ContentBlock>();
        foreach (var result in turn.Results)
        {
            var text = ResultText(result, media);
            // Some servers refuse a result without any text, and no model is told anything by one.
            if (text.IsBlank)
                text = "(no output)";
            RoleRules.Add(Call, messages, new ChatMessage.Result(result.ToolUseId, result.IsError ? $"Error: {text}" : text));
        }

        if (media.Count > 0)
            RoleRules.Add(Call, messages, new ChatMessage.Said(Role.User, media));
        foreach (var message in turn.Messages)
            RoleRules.Add(Call, messages, new ChatMessage.Said(message.Role, message.Content));
    }

    private void AddAssistant(IReadOnlyList<ContentBlock> content, bool last, List<ChatMessage> messages)
    {
        if (last)
            CheckPrefill(content[^1]);
        if (content.Any(b => b is not (ContentBlock.Thinking or ContentBlock.RedactedThinking)))
            RoleRules.Add(Call, messages, new ChatMessage.Assistant(content, last));
        else
            NoteThinking(content[^1]);
    }

    private void Write(ChatMessage message)
    {
        switch (message)
        {
            case ChatMessage.Said said:
                Json.WriteString("role"u8, said.Role == Role.System ? "system"u8 : "user"u8);
                WriteContent(said.Content);
                break;
            case ChatMessage.Result result:
                Json.WriteString("role"u8, "tool"u8);
                Json.WriteString("tool_call_id"u8, Call.ToolIds.ToUpstream(result.ToolUseId));
                Json.WriteText("content"u8, result.Text);
                break;
            case ChatMessage.Assistant assistant:
                WriteAssistant(assistant);
                break;
            default:
                Json.WriteString("role"u8, "assistant"u8);
                Json.WriteString("content"u8, "OK."u8);
                break;
        }
    }

    private void WriteAssistant(ChatMessage.Assistant message)
    {
        var calls = message.Content.OfType<ContentBlock.ToolUse>().ToList();
        var text = AssistantText(message.Content);
        Json.WriteString("role"u8, "assistant"u8);
        if (!text.IsEmpty)
            Json.WriteText("content"u8, text);
        else
            Json.WriteNull("content"u8);
        WriteReplayedThinking(message.Content, calls);
        WriteCalls(calls);
        if (message.Continues && Call.Has(Quirk.PrefillPrefix))
            Json.WriteBoolean("prefix"u8, true);
        if (message.Continues && Call.Has(Quirk.PrefillPartial))
            Json.WriteBoolean("partial"u8, true);
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
            WriteMembers(OwnState(call)?.Signature);
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

    /// <summary>Members that their server wants back as they came: a JSON object's.</summary>
    private void WriteMembers(string? members)
    {
        if (string.IsNullOrEmpty(members))
            return;
        using var json = JsonDocument.Parse(members, GatewayJson.DocumentOptions);
        foreach (var member in json.RootElement.EnumerateObject())
        {
            Json.WritePropertyName(member.Name);
            Json.WriteRaw(member.Value);
        }
    }

    /// <summary>
    /// Reasoning is given back to those that read it (rules E89, E91): its text under the name it came with, what is not text as it came.
    /// Where the client was shown no thinking, the calls after it have kept it.
    /// </summary>
    private void WriteReplayedThinking(IReadOnlyList<ContentBlock> content, List<ContentBlock.ToolUse> calls)
    {
        var thought = false;
        var parts = new List<(string Text, string? Opaque, string? Name)>();
        for (var i = 0; i < content.Count; i++)
        {
            if (content[i] is ContentBlock.RedactedThinking)
                Dropped.Add("content.redacted_thinking");
            if (content[i] is not ContentBlock.Thinking block)
                continue;
            thought = true;
            if (OwnSignature(block) is { } signature)
                parts.Add((ThinkingText(block), signature.Opaque, signature.Name));
            else if (Call.Has(Quirk.ReplaysReasoningContent))
                parts.Add((ThinkingText(block), null, null));
            else
                Dropped.Add("content.thinking");
        }

        foreach (var call in calls)
        {
            if (OwnState(call) is { } state)
                parts.Add((state.Text ?? "", state.Opaque, state.Name));
        }

        // Most turns.
        if (!thought && parts.Count == 0 && !Call.Has(Quirk.ReplaysReasoningContent))
            return;
        var text = string.Concat(parts.Select(p => p.Text));
        if (Call.Has(Quirk.ReplaysReasoningContent))
        {
            if (text.Length > 0 || calls.Count > 0)
                Json.WriteString("reasoning_content"u8, text);
        }
        else if (Call.Has(Quirk.ReplaysReasoning) || Call.Has(Quirk.ReasoningDetails) || parts.Exists(p => p.Opaque is not null))
        {
            var name = Call.Has(Quirk.ReasoningDetails)
                ? ReasoningNames.All[1]
                : parts.Select(p => p.Name).FirstOrDefault(n => n is not null) ?? ReasoningNames.All[0];
            if (!ReasoningDetails.Write(Json, parts.Select(p => (p.Text, p.Opaque))) && text.Length > 0)
                Json.WriteString(name, text);
        }
        else if (thought)
        {
            Dropped.Add("content.thinking");
        }
    }

    private string ThinkingText(ContentBlock.Thinking block) => !block.Value.IsEmpty ? block.Value.ToString() : OwnSignature(block)?.Text ?? "";
}
