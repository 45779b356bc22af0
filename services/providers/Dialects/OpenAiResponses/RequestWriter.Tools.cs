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

    protected override bool ListsSearch => true;

    protected override bool ForcesOwnSearch => true;

    /// <summary>https://platform.openai.com/docs/guides/tools-web-search, https://docs.x.ai/docs/guides/tools/search-tools</summary>
    protected override void WriteSearch(WebTool search)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "web_search"u8);
        if (search.AllowedDomains.Count > 0 || search.BlockedDomains.Count > 0)
        {
            Json.WriteStartObject("filters"u8);
            WriteDomains("allowed_domains", search.AllowedDomains);
            WriteDomains(Call.Has(Quirk.ExcludedDomains) ? "excluded_domains" : "blocked_domains", search.BlockedDomains);
            Json.WriteEndObject();
        }

        if (Call.Has(Quirk.ExcludedDomains))
            NoteSearch(location: true);
        else
            WriteLocation(search);
        Json.WriteEndObject();
    }

    /// <summary>How often the search may be used, where that can be said.</summary>
    private void WriteMaxToolCalls()
    {
        if (Call.OwnSearch is not { MaxUses: { } uses })
            return;
        if (Call.Has(Quirk.ExcludedDomains) || !Call.Allows("max_tool_calls"))
            NoteSearch(maxUses: true);
        else
            Json.WriteNumber("max_tool_calls"u8, uses);
    }

    protected override void WriteToolChoice(ToolChoice choice)
    {
        switch (choice.Kind)
        {
            case ToolChoiceKind.Tool when IsOwnSearch(choice):
                Json.WriteStartObject();
                Json.WriteString("type"u8, "web_search"u8);
                Json.WriteEndObject();
                break;
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
