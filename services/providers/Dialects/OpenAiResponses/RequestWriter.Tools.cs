using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    protected override void WriteTool(Tool tool)
    {
        var strict = tool.Strict && Call.Allows("strict") && StrictSchema.Allows(tool.InputSchema.Parse());
        if (tool.Strict && !strict)
            Dropped.Add("tools.strict");
        Json.WriteStartObject();
        Json.WriteString("type"u8, "function"u8);
        Json.WriteString("name"u8, Call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is { } description)
            Json.WriteText("description"u8, description);
        // Unlike Chat Completions this API is strict unless told otherwise, and then refuses most schemas (rule E69).
        if (Call.Allows("strict"))
            Json.WriteBoolean("strict"u8, strict);
        Json.WritePropertyName("parameters"u8);
        if (!SchemaRules.WriteTool(Json, tool.InputSchema, Call, plainTop: true))
            Dropped.Add("tools.input_schema");
        Json.WriteEndObject();
    }

    protected override void WriteToolChoice(ToolChoice choice)
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
