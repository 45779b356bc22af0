using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        if (_request.Tools.Count == 0)
            return;
        if (_call.Model?.Capabilities?.Tools == false)
            throw GatewayException.Invalid("tools: this model can't call tools");
        _json.WriteStartArray("tools"u8);
        _json.WriteStartObject();
        _json.WriteStartArray("functionDeclarations"u8);
        foreach (var tool in _request.Tools)
            WriteTool(tool);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
        WriteToolChoice();
    }

    private void WriteTool(Tool tool)
    {
        if (tool.Cache is not null)
            Dropped.Add("tools.cache_control");
        if (tool.Strict)
            Dropped.Add("tools.strict");
        _json.WriteStartObject();
        _json.WriteString("name"u8, _call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is not null)
            _json.WriteString("description"u8, tool.Description);
        // `parameters` would take Google's own dialect of schemas only, without $ref, const and most of the rest (rule E99).
        _json.WritePropertyName("parametersJsonSchema"u8);
        _json.WriteObjectSchema(tool.InputSchema);
        _json.WriteEndObject();
    }

    private void WriteToolChoice()
    {
        if (_request.ToolChoice is not { } choice)
            return;
        if (choice.DisableParallel)
            Dropped.Add("tool_choice.disable_parallel_tool_use");
        _json.WriteStartObject("toolConfig"u8);
        _json.WriteStartObject("functionCallingConfig"u8);
        _json.WriteString("mode"u8, choice.Kind switch
        {
            ToolChoiceKind.Auto => "AUTO"u8,
            ToolChoiceKind.None => "NONE"u8,
            _ => "ANY"u8,
        });
        if (choice.Kind == ToolChoiceKind.Tool)
        {
            _json.WriteStartArray("allowedFunctionNames"u8);
            _json.WriteStringValue(_call.ToolNames.ToUpstream(choice.Name!));
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
    }
}
