using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    private readonly Dictionary<string, (string Name, int Place)> _calls = new(StringComparer.Ordinal);
    private string? _role;

    private void WriteContents()
    {
        var turns = Conversation.Turns(Request).ToList();
        var leading = LeadingSystem(turns);
        WriteSystem([.. Request.System, .. leading]);
        Json.WriteStartArray("contents"u8);
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i] is Turn.Assistant assistant)
                WriteModel(assistant, last: i == turns.Count - 1);
            else
                WriteUser((Turn.User)turns[i], skip: i == 0 ? leading.Count : 0);
        }

        if (_role is null)
            throw GatewayException.Invalid("messages: this model needs at least one message of the user or the assistant");
        EndContent();
        Json.WriteEndArray();
    }

    /// <summary>A content for each change of roles, since they have to alternate (rule E77), also where a turn in between says nothing.</summary>
    private void BeginContent(string role)
    {
        if (_role == role)
            return;
        if (_role is not null)
            EndContent();
        _role = role;
        Json.WriteStartObject();
        Json.WriteString("role"u8, role);
        Json.WriteStartArray("parts"u8);
    }

    private void EndContent()
    {
        Json.WriteEndArray();
        Json.WriteEndObject();
    }

    /// <summary>System messages before anything else was said belong to the instruction (rule E74).</summary>
    private static List<ContentBlock.Text> LeadingSystem(List<Turn> turns) => turns is [Turn.User first, ..]
        ? [.. first.Messages.TakeWhile(m => m.Role == Role.System).SelectMany(m => m.Content).OfType<ContentBlock.Text>()]
        : [];

    private void WriteSystem(List<ContentBlock.Text> content)
    {
        if (content.Count == 0)
            return;
        Json.WriteStartObject("systemInstruction"u8);
        Json.WriteStartArray("parts"u8);
        foreach (var text in content)
            WritePart(text);
        Json.WriteEndArray();
        Json.WriteEndObject();
    }

    /// <summary>Results first, then what they could not hold, then the user's own words (rules E56, E59, E60).</summary>
    private void WriteUser(Turn.User turn, int skip)
    {
        var media = new List<ContentBlock>();
        var blocks = turn.Messages
            .SelectMany(m => m.Content.Select(b => m.Role == Role.System && b is ContentBlock.Text t
                ? (Block: t with { Value = BlockText.OfSystem(t.Value.ToString()) }, System: true)
                : (Block: b, System: false)))
            .Skip(skip).Select(b => b.Block).ToList();
        if (turn.Results.Count + blocks.Count == 0)
            return;
        BeginContent("user");
        // In the order of the calls: without ids, that is all that tells which is whose.
        foreach (var result in turn.Results.OrderBy(r => _calls[r.ToolUseId].Place))
            WriteResult(result, media);
        foreach (var block in media.Concat(blocks))
            WritePart(block);
    }

    private void WriteModel(Turn.Assistant turn, bool last)
    {
        if (last)
            throw NoPrefill(turn.Content[^1]);
        var kept = turn.Content.Where(Says).ToList();
        foreach (var block in turn.Content.Where(b => !Says(b)))
            NoteThinking(block);
        if (kept.Count == 0)
            return;
        BeginContent("model");
        var first = true;
        foreach (var block in kept)
        {
            if (block is ContentBlock.Thinking thinking)
            {
                WriteThought(thinking);
            }
            else if (block is ContentBlock.ToolUse call)
            {
                WriteCall(call, first);
                first = false;
            }
            else
            {
                WritePart(block);
            }
        }
    }

    /// <summary>Thoughts are given back only with their signature, and only to the model they are of (rules E91, E94).</summary>
    private bool Says(ContentBlock block) => block switch
    {
        ContentBlock.Thinking thinking => OwnSignature(thinking) is { Opaque: not null },
        ContentBlock.RedactedThinking => false,
        _ => true,
    };

    private void WriteThought(ContentBlock.Thinking block)
    {
        using var signatures = JsonDocument.Parse(Encoding.UTF8.GetBytes(OwnSignature(block)!.Opaque!), GatewayJson.DocumentOptions);
        Json.WriteStartObject();
        Json.WriteText("text"u8, block.Value);
        Json.WriteBoolean("thought"u8, true);
        Json.WritePropertyName("thoughtSignature"u8);
        Json.WriteRaw(signatures.RootElement[signatures.RootElement.GetArrayLength() - 1]);
        Json.WriteEndObject();
    }

    /// <param name="first">Of several calls at once only the first has to be signed.</param>
    private void WriteCall(ContentBlock.ToolUse call, bool first)
    {
        NoteCache(call);
        var signed = OwnState(call);
        var name = Call.ToolNames.ToUpstream(call.Name);
        _calls[call.Id] = (name, _calls.Count);
        Json.WriteStartObject();
        Json.WriteStartObject("functionCall"u8);
        WriteId(call.Id);
        Json.WriteString("name"u8, name);
        Json.WritePropertyName("args"u8);
        if (call.Input.IsAbsent)
        {
            Json.WriteStartObject();
            Json.WriteEndObject();
        }
        else
        {
            Json.WriteRaw(call.Input);
        }

        Json.WriteEndObject();
        if (signed is { Signature.Length: > 0 } && Call.Allows(Adjustments.ReasoningItems))
            Json.WriteString("thoughtSignature"u8, signed.Signature);
        else if (first && ModelGeneration.HasLevels(Call.UpstreamModel))
            Json.WriteString("thoughtSignature"u8, ModelGeneration.ForeignSignature);
        Json.WriteEndObject();
    }

    /// <summary>Gemini's own id, if it gave one; else one that is the same for the call and its result. Older API versions match them by order alone.</summary>
    private void WriteId(string id)
    {
        if (Call.Allows("id"))
            Json.WriteString("id"u8, Call.ToolIds.ToUpstream(id));
    }

    /// <summary>A result is an object of text; what is none is named in it and follows as a part of its own (rules E60-E62).</summary>
    private void WriteResult(ContentBlock.ToolResult result, List<ContentBlock> media)
    {
        var text = ResultText(result, media);
        Json.WriteStartObject();
        Json.WriteStartObject("functionResponse"u8);
        WriteId(result.ToolUseId);
        Json.WriteString("name"u8, _calls[result.ToolUseId].Name);
        Json.WriteStartObject("response"u8);
        Json.WriteText(result.IsError ? "error"u8 : "output"u8, text);
        Json.WriteEndObject();
        Json.WriteEndObject();
        Json.WriteEndObject();
    }
}
