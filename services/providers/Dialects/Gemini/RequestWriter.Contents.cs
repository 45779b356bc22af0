using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    private readonly Dictionary<string, string> _nameByCall = new(StringComparer.Ordinal);
    private string? _role;

    private void WriteContents()
    {
        var turns = Conversation.Turns(_request).ToList();
        var leading = LeadingSystem(turns);
        WriteSystem([.. _request.System, .. leading]);
        _json.WriteStartArray("contents"u8);
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
        _json.WriteEndArray();
    }

    /// <summary>A content for each change of roles, since they have to alternate (rule E77), also where a turn in between says nothing.</summary>
    private void BeginContent(string role)
    {
        if (_role == role)
            return;
        if (_role is not null)
            EndContent();
        _role = role;
        _json.WriteStartObject();
        _json.WriteString("role"u8, role);
        _json.WriteStartArray("parts"u8);
    }

    private void EndContent()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    /// <summary>System messages before anything else was said belong to the instruction (rule E74).</summary>
    private static List<ContentBlock.Text> LeadingSystem(List<Turn> turns) => turns is [Turn.User first, ..]
        ? [.. first.Messages.TakeWhile(m => m.Role == Role.System).SelectMany(m => m.Content).OfType<ContentBlock.Text>()]
        : [];

    private void WriteSystem(List<ContentBlock.Text> content)
    {
        if (content.Count == 0)
            return;
        _json.WriteStartObject("systemInstruction"u8);
        _json.WriteStartArray("parts"u8);
        foreach (var text in content)
            WritePart(text);
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    /// <summary>Results first, then what they could not hold, then the user's own words (rules E56, E59, E60).</summary>
    private void WriteUser(Turn.User turn, int skip)
    {
        var media = new List<ContentBlock>();
        var blocks = turn.Messages
            .SelectMany(m => m.Content.Select(b => m.Role == Role.System && b is ContentBlock.Text t ? (Block: t with { Value = BlockText.OfSystem(t.Value) }, System: true) : (Block: b, System: false)))
            .Skip(skip).Select(b => b.Block).ToList();
        if (turn.Results.Count + blocks.Count == 0)
            return;
        BeginContent("user");
        foreach (var result in turn.Results)
            WriteResult(result, media);
        foreach (var block in media.Concat(blocks))
            WritePart(block);
    }

    private void WriteModel(Turn.Assistant turn, bool last)
    {
        // A provider that can't continue an assistant's words would answer to them instead (rule E40). The wording is Anthropic's own.
        if (last)
            throw GatewayException.Invalid($"{turn.Content[^1].Path}: This model does not support assistant message prefill. The conversation must end with a user message.");
        var kept = turn.Content.Where(Says).ToList();
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
        ContentBlock.Thinking thinking => Own(thinking) is not null,
        ContentBlock.RedactedThinking => false,
        _ => true,
    };

    private ThinkingSignature? Own(ContentBlock.Thinking block) =>
        ThinkingSignature.TryParse(block.Signature) is { Opaque: not null } signature && signature.Provider == _call.Provider.Name && signature.Model == _call.UpstreamModel
            ? signature
            : null;

    private void WriteThought(ContentBlock.Thinking block)
    {
        using var signatures = JsonDocument.Parse(Encoding.UTF8.GetBytes(Own(block)!.Opaque!), GatewayJson.DocumentOptions);
        _json.WriteStartObject();
        _json.WriteString("text"u8, block.Value);
        _json.WriteBoolean("thought"u8, true);
        _json.WritePropertyName("thoughtSignature"u8);
        _json.WriteRaw(signatures.RootElement[signatures.RootElement.GetArrayLength() - 1]);
        _json.WriteEndObject();
    }

    /// <param name="first">Of several calls at once only the first has to be signed.</param>
    private void WriteCall(ContentBlock.ToolUse call, bool first)
    {
        NoteCache(call);
        var signed = CallSignature.Find(_call, call.Id);
        _nameByCall[call.Id] = _call.ToolNames.ToUpstream(call.Name);
        _json.WriteStartObject();
        _json.WriteStartObject("functionCall"u8);
        _json.WriteString("id"u8, UpstreamId(call.Id));
        _json.WriteString("name"u8, _nameByCall[call.Id]);
        _json.WritePropertyName("args"u8);
        if (call.Input.ValueKind == JsonValueKind.Undefined)
        {
            _json.WriteStartObject();
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteRaw(call.Input);
        }

        _json.WriteEndObject();
        if (signed is not null)
            _json.WriteString("thoughtSignature"u8, signed.Signature);
        else if (first && ModelGeneration.HasLevels(_call.UpstreamModel))
            _json.WriteString("thoughtSignature"u8, CallSignature.Foreign);
        _json.WriteEndObject();
    }

    /// <summary>Gemini's own id, if it gave one; else one that is the same for the call and its result.</summary>
    private string UpstreamId(string id) => _call.ToolIds.ToUpstream(CallSignature.Find(_call, id) is { Id.Length: > 0 } signed ? signed.Id : id);

    /// <summary>A result is an object of text; what is none is named in it and follows as a part of its own (rules E60-E62).</summary>
    private void WriteResult(ContentBlock.ToolResult result, List<ContentBlock> media)
    {
        NoteCache(result);
        var text = new StringBuilder();
        foreach (var block in result.Content)
        {
            NoteCache(block);
            if (text.Length > 0)
                text.Append('\n');
            text.Append(BlockText.Of(block) ?? Attach(block, media));
        }

        _json.WriteStartObject();
        _json.WriteStartObject("functionResponse"u8);
        _json.WriteString("id"u8, UpstreamId(result.ToolUseId));
        _json.WriteString("name"u8, _nameByCall.GetValueOrDefault(result.ToolUseId, "unknown"));
        _json.WriteStartObject("response"u8);
        _json.WriteString(result.IsError ? "error"u8 : "output"u8, text.ToString());
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private static string Attach(ContentBlock block, List<ContentBlock> media)
    {
        var label = $"[{(block is ContentBlock.Image ? "image" : "document")} {1 + media.Count(b => b is not ContentBlock.Text)}]";
        media.Add(new ContentBlock.Text(block.Path, label));
        media.Add(block with { Cache = null });
        return label;
    }
}
