using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        if (!WriteToolList())
            return;
        var (choice, parallel) = Choice();
        if (choice is not null)
        {
            Json.WritePropertyName("tool_choice"u8);
            WriteToolChoice(choice);
        }

        if (parallel is { } several)
            Json.WriteBoolean("parallel_tool_calls"u8, several);
    }

    /// <returns>False where there is nothing to list.</returns>
    private bool WriteToolList()
    {
        var tools = Tools();
        if (tools.Count == 0)
            return false;
        Json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
            WriteTool(tool);
        Json.WriteEndArray();
        return true;
    }

    private void WriteTool(Tool tool)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "function"u8);
        Json.WriteStartObject("function"u8);
        Json.WriteString("name"u8, Call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is { } description)
            Json.WriteText("description"u8, description);
        if (tool.Strict)
        {
            if (Call.Has(Quirk.StrictTools) && Call.Allows("strict") && StrictSchema.Allows(tool.InputSchema.Parse()))
                Json.WriteBoolean("strict"u8, true);
            else
                Dropped.Add("tools.strict");
        }

        Json.WritePropertyName("parameters"u8);
        Json.WriteObjectSchema(tool.InputSchema);
        Json.WriteEndObject();
        Json.WriteEndObject();
    }

    private void WriteToolChoice(ToolChoice choice)
    {
        switch (choice.Kind == ToolChoiceKind.Tool && Call.Has(Quirk.ToolChoiceByWord) ? ToolChoiceKind.Any : choice.Kind)
        {
            case ToolChoiceKind.Auto:
                Json.WriteStringValue("auto"u8);
                break;
            case ToolChoiceKind.None:
                Json.WriteStringValue("none"u8);
                break;
            case ToolChoiceKind.Any:
                Json.WriteStringValue(Call.Has(Quirk.ToolChoiceAny) ? "any"u8 : "required"u8);
                break;
            default:
                Json.WriteStartObject();
                Json.WriteString("type"u8, "function"u8);
                Json.WriteStartObject("function"u8);
                Json.WriteString("name"u8, Call.ToolNames.ToUpstream(choice.Name!));
                Json.WriteEndObject();
                Json.WriteEndObject();
                break;
        }
    }
}
