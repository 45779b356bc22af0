using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        if (_request.Tools.Count == 0)
            return;
        if (_call.Model?.Capabilities?.Tools == false)
            throw GatewayException.Invalid("tools: this model can't call tools");
        _json.WriteStartArray("tools"u8);
        foreach (var tool in _request.Tools)
            WriteTool(tool);
        _json.WriteEndArray();
        WriteToolChoice();
    }

    private void WriteTool(Tool tool)
    {
        if (tool.Cache is not null)
            Dropped.Add("tools.cache_control");
        var strict = tool.Strict && StrictSchema.Allows(tool.InputSchema);
        if (tool.Strict && !strict)
            Dropped.Add("tools.strict");
        _json.WriteStartObject();
        _json.WriteString("type"u8, "function"u8);
        _json.WriteString("name"u8, _call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is not null)
            _json.WriteString("description"u8, tool.Description);
        // Unlike Chat Completions this API is strict unless told otherwise, and then refuses most schemas (rule E69).
        _json.WriteBoolean("strict"u8, strict);
        _json.WritePropertyName("parameters"u8);
        _json.WriteObjectSchema(tool.InputSchema);
        _json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        if (_request.ToolChoice is not { } choice)
            return;
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

        if (!choice.DisableParallel)
            return;
        if (_call.Has(Quirk.NoParallelToolCalls) || !_call.Allows("parallel_tool_calls"))
            Dropped.Add("tool_choice.disable_parallel_tool_use");
        else
            _json.WriteBoolean("parallel_tool_calls"u8, false);
    }

    private void WriteToolChoice(ToolChoice choice)
    {
        switch (choice.Kind)
        {
            case ToolChoiceKind.Auto:
                _json.WriteStringValue("auto"u8);
                break;
            case ToolChoiceKind.None:
                _json.WriteStringValue("none"u8);
                break;
            case ToolChoiceKind.Any:
                _json.WriteStringValue("required"u8);
                break;
            default:
                _json.WriteStartObject();
                _json.WriteString("type"u8, "function"u8);
                _json.WriteString("name"u8, _call.ToolNames.ToUpstream(choice.Name!));
                _json.WriteEndObject();
                break;
        }
    }
}
