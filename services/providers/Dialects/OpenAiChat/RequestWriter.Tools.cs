using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    protected override void WriteTool(Tool tool)
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
        if (!SchemaRules.WriteTool(Json, tool.InputSchema, Call, plainTop: true))
            Dropped.Add("tools.input_schema");
        Json.WriteEndObject();
        Json.WriteEndObject();
    }

    protected override void WriteToolChoice(ToolChoice choice)
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
