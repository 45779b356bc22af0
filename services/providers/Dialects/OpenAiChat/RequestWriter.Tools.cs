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

    protected override bool ListsSearch => Call.Has(Quirk.OpenRouterSearch) || Call.Has(Quirk.ZhipuSearch);

    protected override void WriteSearch(WebTool search)
    {
        Json.WriteStartObject();
        if (Call.Has(Quirk.OpenRouterSearch))
            WriteOpenRouterSearch(search);
        else
            WriteZhipuSearch(search);
        Json.WriteEndObject();
    }

    /// <summary>https://openrouter.ai/docs/guides/features/server-tools/web-search</summary>
    private void WriteOpenRouterSearch(WebTool search)
    {
        Json.WriteString("type"u8, "openrouter:web_search"u8);
        NoteSearch(maxUses: true);
        if (search.AllowedDomains.Count == 0 && search.BlockedDomains.Count == 0 && search.Location is null)
            return;
        Json.WriteStartObject("parameters"u8);
        WriteDomains("allowed_domains", search.AllowedDomains);
        WriteDomains("excluded_domains", search.BlockedDomains);
        WriteLocation(search);
        Json.WriteEndObject();
    }

    /// <summary>https://docs.z.ai/api-reference/llm/chat-completion</summary>
    private void WriteZhipuSearch(WebTool search)
    {
        Json.WriteString("type"u8, "web_search"u8);
        Json.WriteStartObject("web_search"u8);
        Json.WriteBoolean("enable"u8, true);
        Json.WriteString("search_engine"u8, "search-prime"u8);
        Json.WriteBoolean("search_result"u8, true);
        // It takes one domain, and none to leave out.
        var single = search.AllowedDomains is [var domain] ? domain : null;
        if (single is not null)
            Json.WriteString("search_domain_filter"u8, single);
        Json.WriteEndObject();
        NoteSearch(maxUses: true, allowed: single is null, blocked: true, location: true);
    }

    /// <summary>Where a search is no tool of the request's.</summary>
    private void WriteSearchSwitch()
    {
        if (ListsSearch || Call.OwnSearch is null)
            return;
        // https://www.alibabacloud.com/help/en/model-studio/web-search
        if (Call.Has(Quirk.EnableSearch))
            Json.WriteBoolean("enable_search"u8, true);
        NoteSearch(maxUses: true, allowed: true, blocked: true, location: true);
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
