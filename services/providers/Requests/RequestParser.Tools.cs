using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Dialects;

namespace Gateway.Providers.Requests;

public static partial class RequestParser
{
    private static ToolList ToolsOf(Field field, DroppedFields dropped)
    {
        var tools = new ToolList();
        if (field.IsAbsent)
            return tools;
        var searched = false;
        foreach (var item in field.Items())
        {
            if (item.Object()["type"].StringOrNull()?.StartsWith("tool_search_tool_", StringComparison.Ordinal) == true)
            {
                searched = true;
                dropped.Add("tools.tool_search_tool");
                continue;
            }

            var tool = Tool(item, dropped);
            if (!tools.Declare(tool, item["defer_loading"].BoolOr(false)))
                throw field.Error($"Tool names must be unique; \"{tool.Name}\" is there twice.");
        }

        if (searched)
            tools.LoadAll();
        else
            tools.LoadIfNothingElse();
        return tools;
    }

    /// <summary>A block that changes from here on what may be called; of MCP servers, which are Anthropic's to ask, there is none here.</summary>
    private static void ChangeTools(Field block, ToolList tools, DroppedFields dropped)
    {
        var adds = block["type"].String() == "tool_addition";
        var tool = block["tool"].Object();
        switch (tool["type"].String())
        {
            case "tool_definition" when adds:
                tools.Add(Tool(tool["definition"].Object(), dropped));
                break;
            case "tool_reference" when adds:
                if (!tools.IsKnown(tool["name"].String()))
                    throw tool["name"].Error($"Tool \"{tool["name"].String()}\" is not among the tools of the request");
                tools.Offer(tool["name"].String());
                break;
            case "tool_reference":
                tools.Remove(tool["name"].String());
                break;
            case "mcp_tool_reference" or "mcp_toolset_reference":
                dropped.Add($"content.{block["type"].String()}");
                break;
            default:
                throw tool["type"].Wrong(adds ? "'tool_reference' or 'tool_definition'" : "'tool_reference'");
        }
    }

    private static Tool Tool(Field field, DroppedFields dropped)
    {
        if (field["type"].StringOrNull() is { } type && type != "custom")
        {
            if (WebToolOf(type, field, dropped) is { } web)
                return web;
            var known = ClientTools.Find(type, field["name"].StringOrNull())
                ?? throw GatewayException.Invalid($"{field["type"].Path}: {ProviderRequest.RunByAnthropic(type)}");
            DropOthers(field, "tools", dropped, "type", "name", "cache_control", "defer_loading");
            return known with { Cache = Cache(field, dropped) };
        }

        var name = field["name"].String();
        if (name.Length is 0 or > 128)
            throw field["name"].Error("String should have 1 to 128 characters");
        DropOthers(field, "tools", dropped, FieldPolicy.UnderstoodInTools);

        var schema = field["input_schema"];
        return new Tool(
            name,
            field["description"].TextOrNull(),
            schema.IsAbsent ? default : schema.Object().Value.Raw,
            field["strict"].BoolOr(false),
            Cache(field, dropped));
    }

    private static ToolChoice? ToolChoice(Field field, ToolList tools, DroppedFields dropped)
    {
        if (field.IsAbsent)
            return null;
        if (field.Kind == JsonValueKind.String)
            throw field.Wrong("an object such as {\"type\": \"auto\"}");
        var serial = field.Object()["disable_parallel_tool_use"].BoolOr(false);
        DropOthers(field, "tool_choice", dropped, "type", "name", "disable_parallel_tool_use");
        switch (field["type"].String())
        {
            case "auto":
                return new ToolChoice(ToolChoiceKind.Auto, null, serial);
            case "any":
                return new ToolChoice(ToolChoiceKind.Any, null, serial);
            case "none":
                return new ToolChoice(ToolChoiceKind.None, null, false);
            case "tool":
                var name = field["name"].String();
                if (tools.IsDeferred(name))
                    tools.Offer(name);
                if (tools.Offered() is { Count: > 0 } offered && !offered.Any(t => t.Name == name))
                    throw field["name"].Error($"Tool \"{name}\" is not among the tools of the request");
                return new ToolChoice(ToolChoiceKind.Tool, name, serial);
            default:
                throw field["type"].Wrong("'auto', 'any', 'tool' or 'none'");
        }
    }
}
