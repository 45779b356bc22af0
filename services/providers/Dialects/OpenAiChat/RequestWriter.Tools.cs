using System.Text.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        if (!WriteToolList())
            return;
        if (_call.SchemaTool is { } schema)
            ForceSchema(schema);
        else if (_call.HistoryTools.Count > 0)
            _json.WriteString("tool_choice"u8, "none"u8);
        else
            WriteToolChoice();
    }

    /// <returns>False where there is nothing to list.</returns>
    private bool WriteToolList()
    {
        var schema = _call.SchemaTool;
        if (_request.Tools.Count == 0 && schema is null && _call.HistoryTools.Count == 0)
            return false;
        if (_call.Model?.Capabilities?.Tools == false)
            throw Contracts.Errors.GatewayException.Invalid("tools: this model can't call tools");
        _json.WriteStartArray("tools"u8);
        foreach (var tool in SentTools())
            WriteTool(tool);
        foreach (var tool in _call.HistoryTools)
            WriteTool(tool);
        if (schema is not null)
            WriteTool(schema);
        _json.WriteEndArray();
        return true;
    }

    /// <summary>All of them, unless the one that is forced can't be named in any other way.</summary>
    private IEnumerable<Tool> SentTools()
    {
        if (IsOnly(_request.ToolChoice))
            return _request.Tools.Where(t => t.Name == _request.ToolChoice!.Name);
        return _call.SchemaTool is not null && _call.Has(Quirk.ToolChoiceByWord) && _request.ToolChoice?.Kind == ToolChoiceKind.None ? [] : _request.Tools;
    }

    private bool IsOnly(ToolChoice? choice) =>
        choice?.Kind == ToolChoiceKind.Tool && _call.Has(Quirk.ToolChoiceByWord) && _call.ForcesTool && _request.Tools.Any(t => t.Name == choice.Name);

    /// <summary>The answer is a call: of this tool, or of one of the client's while it may still call them.</summary>
    private void ForceSchema(Tool schema)
    {
        var only = _request.Tools.Count == 0 || _request.ToolChoice?.Kind == ToolChoiceKind.None;
        _json.WritePropertyName("tool_choice"u8);
        WriteToolChoice(only ? new ToolChoice(ToolChoiceKind.Tool, schema.Name, true) : new ToolChoice(ToolChoiceKind.Any, null, true));
        if (!_call.Has(Quirk.NoParallelToolCalls) && _call.Allows("parallel_tool_calls"))
            _json.WriteBoolean("parallel_tool_calls"u8, false);
    }

    private void WriteTool(Tool tool)
    {
        if (tool.Cache is not null)
            Dropped.Add("tools.cache_control");
        _json.WriteStartObject();
        _json.WriteString("type"u8, "function"u8);
        _json.WriteStartObject("function"u8);
        _json.WriteString("name"u8, _call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is not null)
            _json.WriteString("description"u8, tool.Description);
        if (tool.Strict)
        {
            if (_call.Has(Quirk.StrictTools) && _call.Allows("strict") && StrictSchema.Allows(tool.InputSchema))
                _json.WriteBoolean("strict"u8, true);
            else
                Dropped.Add("tools.strict");
        }

        _json.WritePropertyName("parameters"u8);
        WriteSchema(tool.InputSchema);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    /// <summary>The schema as it is, but an object with properties: OpenAI refuses anything less (rule E98).</summary>
    private void WriteSchema(JsonElement schema)
    {
        var known = schema.ValueKind == JsonValueKind.Object;
        var typed = known && schema.TryGetProperty("type", out _);
        var propertied = known && (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("$ref", out _));
        if (typed && propertied)
        {
            WriteRaw(schema);
            return;
        }

        _json.WriteStartObject();
        if (!typed)
            _json.WriteString("type"u8, "object"u8);
        if (known)
        {
            foreach (var member in schema.EnumerateObject())
            {
                _json.WritePropertyName(member.Name);
                WriteRaw(member.Value);
            }
        }

        if (!propertied)
        {
            _json.WriteStartObject("properties"u8);
            _json.WriteEndObject();
        }

        _json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        if (_request.ToolChoice is not { } choice)
        {
            WriteParallel(null);
            return;
        }

        var forced = choice.Kind is ToolChoiceKind.Any or ToolChoiceKind.Tool;
        if (forced && (_call.Has(Quirk.NoForcedTools) || !_call.Allows("tool_choice")))
        {
            Dropped.Add("tool_choice");
        }
        else
        {
            _json.WritePropertyName("tool_choice"u8);
            WriteToolChoice(choice);
        }

        WriteParallel(choice);
    }

    private void WriteParallel(ToolChoice? choice)
    {
        if (choice?.DisableParallel != true)
        {
            if (_call.Has(Quirk.ParallelToolsOnRequest) && choice?.Kind != ToolChoiceKind.None && _call.Allows("parallel_tool_calls"))
                _json.WriteBoolean("parallel_tool_calls"u8, true);
            return;
        }

        if (_call.Has(Quirk.NoParallelToolCalls) || !_call.Allows("parallel_tool_calls"))
            Dropped.Add("tool_choice.disable_parallel_tool_use");
        else
            _json.WriteBoolean("parallel_tool_calls"u8, false);
    }

    private void WriteToolChoice(ToolChoice choice)
    {
        switch (choice.Kind == ToolChoiceKind.Tool && _call.Has(Quirk.ToolChoiceByWord) ? ToolChoiceKind.Any : choice.Kind)
        {
            case ToolChoiceKind.Auto:
                _json.WriteStringValue("auto"u8);
                break;
            case ToolChoiceKind.None:
                _json.WriteStringValue("none"u8);
                break;
            case ToolChoiceKind.Any:
                _json.WriteStringValue(_call.Has(Quirk.ToolChoiceAny) ? "any"u8 : "required"u8);
                break;
            default:
                _json.WriteStartObject();
                _json.WriteString("type"u8, "function"u8);
                _json.WriteStartObject("function"u8);
                _json.WriteString("name"u8, _call.ToolNames.ToUpstream(choice.Name!));
                _json.WriteEndObject();
                _json.WriteEndObject();
                break;
        }
    }
}
