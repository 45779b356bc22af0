using System.Text.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    /// <summary>Reasoning of the turn that is being written, with what was shown of it, until something follows.</summary>
    private readonly List<(string Shown, JsonElement Item)> _reasoning = [];
    private string? _phase;

    private void WriteInput()
    {
        if (Request.Cache is not null)
            Dropped.Add("cache_control");
        Json.WriteStartArray("input"u8);
        if (Request.System.Count > 0)
            WriteMessage("system"u8, Request.System);
        var turns = Conversation.Turns(Request).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.Assistant assistant)
                WriteAssistant(assistant, last: i == turns.Count - 1);
            else
                WriteUser((Turn.User)turns[i], first: i == 0 && Request.System.Count == 0);
        }

        Json.WriteEndArray();
    }

    /// <summary>The results of the turn's calls first, then the user's own words (rules E56, E59).</summary>
    private void WriteUser(Turn.User turn, bool first)
    {
        foreach (var result in turn.Results)
            WriteResult(result);
        foreach (var message in turn.Messages)
        {
            // A leading system message given in `messages` is where every provider allows it.
            var leading = first && message == turn.Messages[0];
            if (message.Role != Role.System)
                WriteMessage("user"u8, message.Content);
            else if (Call.Has(Quirk.LeadingSystemOnly) && !leading)
                WriteMessage("user"u8, [.. message.Content.OfType<ContentBlock.Text>().Select(t => t with { Value = BlockText.OfSystem(t.Value.ToString()) })]);
            else
                WriteMessage("system"u8, message.Content);
        }
    }

    private void WriteMessage(ReadOnlySpan<byte> role, IReadOnlyList<ContentBlock> content)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "message"u8);
        Json.WriteString("role"u8, role);
        if (content is [ContentBlock.Text only] && !Marks(only))
        {
            NoteCache(only);
            Json.WriteText("content"u8, only.Value);
        }
        else
        {
            WriteParts("content"u8, content);
        }

        Json.WriteEndObject();
    }

    /// <summary>
    /// Items in the order of the blocks: reasoning belongs before what came of it, and is refused where nothing of its own turn follows.
    /// </summary>
    private void WriteAssistant(Turn.Assistant turn, bool last)
    {
        if (last)
            throw NoPrefill(turn.Content[^1]);
        var text = default(JoinedText);
        ContentBlock? before = null;
        _reasoning.Clear();
        _phase = null;
        foreach (var block in turn.Content)
        {
            NoteCache(block);
            switch (block)
            {
                case ContentBlock.Text or ContentBlock.ServerTool or ContentBlock.Document:
                    text.Add(BlockText.Of(block) ?? throw NoDocument(block), BlockText.Continues(block, before) ? "" : "\n\n");
                    break;
                case ContentBlock.Thinking thinking:
                    WriteAssistantText(ref text);
                    if (OwnSignature(thinking)?.Opaque is { } opaque)
                        Keep(opaque, thinking.Value.ToString());
                    else
                        NoteThinking(thinking);
                    break;
                case ContentBlock.RedactedThinking:
                    NoteThinking(block);
                    break;
                case ContentBlock.ToolUse call:
                    // What the client was not shown came before the text, and before the call.
                    Keep(OwnState(call)?.Opaque, "");
                    WriteAssistantText(ref text);
                    WriteKept();
                    WriteCall(call);
                    break;
            }

            before = block;
        }

        WriteAssistantText(ref text);
        if (_reasoning.Count > 0)
            Dropped.Add("content.thinking");
    }

    /// <summary>Of what was kept, reasoning waits for what follows it, and a phase for its message.</summary>
    private void Keep(string? opaque, string shown)
    {
        foreach (var item in ReasoningItem.Items(opaque))
        {
            if (ReasoningItem.PhaseOf(item) is { } phase)
            {
                _phase = phase;
                continue;
            }

            _reasoning.Add((shown, item));
            shown = "";
        }
    }

    private void WriteKept()
    {
        foreach (var (shown, item) in _reasoning)
            ReasoningItem.Write(Json, shown, item);
        _reasoning.Clear();
    }

    private void WriteAssistantText(ref JoinedText text)
    {
        if (text.IsEmpty)
            return;
        WriteKept();
        Json.WriteStartObject();
        Json.WriteString("type"u8, "message"u8);
        Json.WriteString("role"u8, "assistant"u8);
        if (_phase is not null)
            Json.WriteString("phase"u8, _phase);
        Json.WriteText("content"u8, text.Text);
        Json.WriteEndObject();
        text = default;
        _phase = null;
    }

    private void WriteCall(ContentBlock.ToolUse call)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "function_call"u8);
        Json.WriteString("call_id"u8, Call.ToolIds.ToUpstream(call.Id));
        Json.WriteString("name"u8, Call.ToolNames.ToUpstream(call.Name));
        Json.WriteString("arguments"u8, call.Input.IsAbsent ? "{}"u8 : RawJson.ReplaceLoneSurrogates(call.Input.Span));
        Json.WriteEndObject();
    }

    /// <summary>Unlike a tool message of Chat Completions, an output may hold images and files (rules E60-E62).</summary>
    private void WriteResult(ContentBlock.ToolResult result)
    {
        NoteCache(result);
        Json.WriteStartObject();
        Json.WriteString("type"u8, "function_call_output"u8);
        Json.WriteString("call_id"u8, Call.ToolIds.ToUpstream(result.ToolUseId));
        if (result.Content.All(b => BlockText.Of(b) is not null))
        {
            foreach (var block in result.Content)
                NoteCache(block);
            var text = result.Content is [var only] ? BlockText.Of(only)!.Value : string.Join('\n', result.Content.Select(BlockText.Of));
            Json.WriteText("output"u8, result.IsError ? $"Error: {text}" : text);
        }
        else if (result.IsError)
        {
            WriteParts("output"u8, [new ContentBlock.Text(result.Path, "Error:"), .. result.Content]);
        }
        else
        {
            WriteParts("output"u8, result.Content);
        }

        Json.WriteEndObject();
    }
}
