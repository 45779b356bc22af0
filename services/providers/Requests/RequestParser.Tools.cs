using System.Text.Json;

namespace Gateway.Providers.Requests;

public static partial class RequestParser
{
    private static void ReadTools(Field root, MessagesRequest request)
    {
        var tools = root["tools"];
        request.Tools = tools.IsAbsent ? [] : [.. tools.Items().Select(t => Tool(t.Object(), request.Dropped))];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tool in request.Tools)
        {
            if (!names.Add(tool.Name))
                throw tools.Error($"Tool names must be unique; \"{tool.Name}\" is there twice.");
        }

        request.ToolChoice = ToolChoice(root["tool_choice"], names, request.Dropped);
    }

    private static Tool Tool(Field field, DroppedFields dropped)
    {
        if (field["type"].StringOrNull() is { } type && type != "custom")
        {
            var known = ClientTools.Find(type, field["name"].StringOrNull()) ?? throw field["type"].Error(
                $"The tool {type} is run by Anthropic and can't be used with this model. "
                + "Use an Anthropic model, or give a tool of your own with an input_schema");
            DropOthers(field, "tools", dropped, "type", "name", "cache_control", "defer_loading");
            return known with { Cache = Cache(field, dropped) };
        }

        var name = field["name"].String();
        if (name.Length is 0 or > 128)
            throw field["name"].Error("String should have 1 to 128 characters");
        // Every schema is sent, so a deferred tool is simply there (rule E96).
        DropOthers(field, "tools", dropped, FieldPolicy.UnderstoodInTools);

        var schema = field["input_schema"];
        return new Tool(
            name,
            field["description"].TextOrNull(),
            schema.IsAbsent ? default : schema.Object().Value.Raw,
            field["strict"].BoolOr(false),
            Cache(field, dropped));
    }

    private static ToolChoice? ToolChoice(Field field, HashSet<string> names, DroppedFields dropped)
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
                if (names.Count > 0 && !names.Contains(name))
                    throw field["name"].Error($"Tool \"{name}\" is not among the tools of the request");
                return new ToolChoice(ToolChoiceKind.Tool, name, serial);
            default:
                throw field["type"].Wrong("'auto', 'any', 'tool' or 'none'");
        }
    }
}
