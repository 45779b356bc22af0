using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        var tools = Tools();
        if (tools.Count == 0)
            return;
        Json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
            WriteTool(tool);
        Json.WriteEndArray();
        var (choice, parallel) = Choice();
        if (choice is not null)
        {
            Json.WritePropertyName("tool_choice"u8);
            WriteToolChoice(choice);
        }

        if (parallel is { } several)
            Json.WriteBoolean("parallel_tool_calls"u8, several);
    }

    private void WriteTool(Tool tool)
    {
        var strict = tool.Strict && StrictSchema.Allows(tool.InputSchema.Parse());
        if (tool.Strict && !strict)
            Dropped.Add("tools.strict");
        Json.WriteStartObject();
        Json.WriteString("type"u8, "function"u8);
        Json.WriteString("name"u8, Call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is { } description)
            Json.WriteText("description"u8, description);
        // Unlike Chat Completions this API is strict unless told otherwise, and then refuses most schemas (rule E69).
        Json.WriteBoolean("strict"u8, strict);
        Json.WritePropertyName("parameters"u8);
        Json.WriteObjectSchema(tool.InputSchema);
        Json.WriteEndObject();
    }

    private void WriteToolChoice(ToolChoice choice)
    {
        switch (choice.Kind)
        {
            case ToolChoiceKind.Auto:
                Json.WriteStringValue("auto"u8);
                break;
            case ToolChoiceKind.None:
                Json.WriteStringValue("none"u8);
                break;
            case ToolChoiceKind.Any:
                Json.WriteStringValue("required"u8);
                break;
            default:
                Json.WriteStartObject();
                Json.WriteString("type"u8, "function"u8);
                Json.WriteString("name"u8, Call.ToolNames.ToUpstream(choice.Name!));
                Json.WriteEndObject();
                break;
        }
    }
}
