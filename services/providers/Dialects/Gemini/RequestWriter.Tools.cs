using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    private void WriteTools()
    {
        var tools = Tools();
        if (Call.OwnSearch is not null)
            WriteSearch();
        if (tools.Count == 0)
            return;
        Json.WriteStartArray("tools"u8);
        Json.WriteStartObject();
        Json.WriteStartArray("functionDeclarations"u8);
        foreach (var tool in tools)
            WriteTool(tool);
        Json.WriteEndArray();
        Json.WriteEndObject();
        Json.WriteEndArray();
        WriteToolChoice();
    }

    /// <summary>Stands alone: https://ai.google.dev/gemini-api/docs/google-search. Neither domains nor a number can be said, nor that it must.</summary>
    private void WriteSearch()
    {
        Json.WriteStartArray("tools"u8);
        Json.WriteStartObject();
        Json.WriteStartObject("googleSearch"u8);
        Json.WriteEndObject();
        Json.WriteEndObject();
        Json.WriteEndArray();
        NoteSearch(maxUses: true, allowed: true, blocked: true, location: true);
        if (Request.ToolChoice is { Kind: ToolChoiceKind.Any or ToolChoiceKind.Tool or ToolChoiceKind.None })
            Dropped.Add("tool_choice");
    }

    private void WriteTool(Tool tool)
    {
        if (tool.Strict)
            Dropped.Add("tools.strict");
        Json.WriteStartObject();
        Json.WriteString("name"u8, Call.ToolNames.ToUpstream(tool.Name));
        if (tool.Description is { } description)
            Json.WriteText("description"u8, description);
        WriteParameters(tool);
        Json.WriteEndObject();
    }

    /// <summary><c>parameters</c> takes Google's own dialect of schemas only, without $ref, const and most of the rest (rule E99).</summary>
    private void WriteParameters(Tool tool)
    {
        if (!NeedsSubset("parametersJsonSchema"))
        {
            Json.WritePropertyName("parametersJsonSchema"u8);
            SchemaRules.WriteTool(Json, tool.InputSchema, Call, plainTop: false);
            return;
        }

        // A function without parameters has no schema; an object without properties is refused.
        if (!SchemaSubset.HasProperties(tool.InputSchema.Parse()))
            return;
        Json.WritePropertyName("parameters"u8);
        if (!SchemaSubset.Write(Json, tool.InputSchema.Parse()))
            Dropped.Add("tools.input_schema");
    }

    private bool NeedsSubset(string field) => Call.Has(Quirk.SubsetSchemas) || !Call.Allows(field);

    private void WriteToolChoice()
    {
        if (Choice(hasSwitch: false).Choice is not { } choice)
            return;
        Json.WriteStartObject("toolConfig"u8);
        Json.WriteStartObject("functionCallingConfig"u8);
        Json.WriteString("mode"u8, choice.Kind switch
        {
            ToolChoiceKind.Auto => "AUTO"u8,
            ToolChoiceKind.None => "NONE"u8,
            _ => "ANY"u8,
        });
        if (choice.Kind == ToolChoiceKind.Tool)
        {
            Json.WriteStartArray("allowedFunctionNames"u8);
            Json.WriteStringValue(Call.ToolNames.ToUpstream(choice.Name!));
            Json.WriteEndArray();
        }

        Json.WriteEndObject();
        Json.WriteEndObject();
    }
}
