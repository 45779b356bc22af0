using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    private void WriteInput()
    {
        if (_request.Cache is not null)
            Dropped.Add("cache_control");
        _json.WriteStartArray("input"u8);
        if (_request.System.Count > 0)
            WriteMessage("system"u8, _request.System);
        var turns = Conversation.Turns(_request).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.Assistant assistant)
                WriteAssistant(assistant, last: i == turns.Count - 1);
            else
                WriteUser((Turn.User)turns[i], first: i == 0 && _request.System.Count == 0);
        }

        _json.WriteEndArray();
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
            else if (_call.Has(Quirk.LeadingSystemOnly) && !leading)
                WriteMessage("user"u8, [.. message.Content.OfType<ContentBlock.Text>().Select(t => t with { Value = BlockText.OfSystem(t.Value) })]);
            else
                WriteMessage("system"u8, message.Content);
        }
    }

    private void WriteMessage(ReadOnlySpan<byte> role, IReadOnlyList<ContentBlock> content)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, "message"u8);
        _json.WriteString("role"u8, role);
        if (content is [ContentBlock.Text only] && !Marks(only))
        {
            NoteCache(only);
            _json.WriteString("content"u8, only.Value);
        }
        else
        {
            WriteParts("content"u8, content);
        }

        _json.WriteEndObject();
    }

    /// <summary>Items in the order of the blocks: reasoning belongs before what came of it.</summary>
    private void WriteAssistant(Turn.Assistant turn, bool last)
    {
        // A provider that can't continue an assistant's words would answer to them instead (rule E40). The wording is Anthropic's own.
        if (last)
            throw GatewayException.Invalid($"{turn.Content[^1].Path}: This model does not support assistant message prefill. The conversation must end with a user message.");
        var text = new StringBuilder();
        ContentBlock? before = null;
        foreach (var block in turn.Content)
        {
            NoteCache(block);
            switch (block)
            {
                case ContentBlock.Text or ContentBlock.ServerTool or ContentBlock.Document:
                    if (text.Length > 0 && !BlockText.Continues(block, before))
                        text.Append("\n\n");
                    text.Append(BlockText.Of(block) ?? throw NoDocument(block));
                    break;
                case ContentBlock.Thinking thinking:
                    WriteAssistantText(text);
                    ReasoningItem.Write(_json, thinking, _call.Provider.Name, _call.UpstreamModel);
                    break;
                case ContentBlock.ToolUse call:
                    WriteAssistantText(text);
                    WriteCall(call);
                    break;
            }

            before = block;
        }

        WriteAssistantText(text);
    }

    private void WriteAssistantText(StringBuilder text)
    {
        if (text.Length == 0)
            return;
        _json.WriteStartObject();
        _json.WriteString("type"u8, "message"u8);
        _json.WriteString("role"u8, "assistant"u8);
        _json.WriteString("content"u8, text.ToString());
        _json.WriteEndObject();
        text.Clear();
    }

    private void WriteCall(ContentBlock.ToolUse call)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, "function_call"u8);
        _json.WriteString("call_id"u8, _call.ToolIds.ToUpstream(call.Id));
        _json.WriteString("name"u8, _call.ToolNames.ToUpstream(call.Name));
        _json.WriteString("arguments"u8, call.Input.ValueKind == JsonValueKind.Undefined ? "{}"u8 : JsonMarshal.GetRawUtf8Value(call.Input));
        _json.WriteEndObject();
    }

    /// <summary>Unlike a tool message of Chat Completions, an output may hold images and files (rules E60-E62).</summary>
    private void WriteResult(ContentBlock.ToolResult result)
    {
        NoteCache(result);
        _json.WriteStartObject();
        _json.WriteString("type"u8, "function_call_output"u8);
        _json.WriteString("call_id"u8, _call.ToolIds.ToUpstream(result.ToolUseId));
        if (result.Content.All(b => BlockText.Of(b) is not null))
        {
            foreach (var block in result.Content)
                NoteCache(block);
            var text = string.Join('\n', result.Content.Select(BlockText.Of));
            _json.WriteString("output"u8, result.IsError ? $"Error: {text}" : text);
        }
        else if (result.IsError)
        {
            WriteParts("output"u8, [new ContentBlock.Text(result.Path, "Error:"), .. result.Content]);
        }
        else
        {
            WriteParts("output"u8, result.Content);
        }

        _json.WriteEndObject();
    }
}
