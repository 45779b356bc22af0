using System.Text.Json.Nodes;

namespace Gateway.Contracts.ManagedSettings;

/// <summary>
/// Several documents of managed settings as one, by the rules of Anthropic's own gateway: what a nearer one says replaces what a wider one says; lists
/// that forbid and hooks are taken together, so that nobody's are lost by an exception; records are merged by name.
/// </summary>
public static class SettingsMerge
{
    public const string Permissions = "permissions";
    public const string Hooks = "hooks";

    /// <summary>Members that are merged name by name.</summary>
    public static IReadOnlyList<string> Records { get; } = ["env", "modelOverrides", "skillOverrides"];

    /// <summary>Lists that are taken together.</summary>
    public static IReadOnlyList<string> Unions { get; } = ["disabledMcpjsonServers", "deniedMcpServers", "blockedMarketplaces", "deniedModels"];

    /// <summary>Of <see cref="Permissions"/>, those that are taken together.</summary>
    public static IReadOnlyList<string> PermissionUnions { get; } = ["deny", "ask"];

    /// <param name="documents">From the widest to the nearest.</param>
    public static JsonObject Of(IEnumerable<JsonObject> documents)
    {
        var merged = new JsonObject();
        foreach (var document in documents)
            merged = Over(merged, document);
        return merged;
    }

    private static JsonObject Over(JsonObject wide, JsonObject near)
    {
        var merged = Shallow(wide, near);
        foreach (var name in Records)
        {
            if (wide[name] is JsonObject outer && near[name] is JsonObject inner)
                merged[name] = Shallow(outer, inner);
        }

        foreach (var name in Unions)
            Unite(merged, name, wide, near);
        if (wide[Permissions] is JsonObject wider && near[Permissions] is JsonObject nearer)
        {
            var permissions = Shallow(wider, nearer);
            foreach (var name in PermissionUnions)
                Unite(permissions, name, wider, nearer);
            merged[Permissions] = permissions;
        }

        if (wide[Hooks] is JsonObject outerHooks && near[Hooks] is JsonObject innerHooks)
        {
            var hooks = Shallow(outerHooks, innerHooks);
            foreach (var (name, _) in innerHooks)
                Unite(hooks, name, outerHooks, innerHooks);
            merged[Hooks] = hooks;
        }

        return merged;
    }

    private static JsonObject Shallow(JsonObject wide, JsonObject near)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in wide.Concat(near))
            merged[name] = value?.DeepClone();
        return merged;
    }

    /// <summary>Both lists, each item once.</summary>
    private static void Unite(JsonObject merged, string name, JsonObject wide, JsonObject near)
    {
        if (wide[name] is not JsonArray first || near[name] is not JsonArray second)
            return;
        var items = new JsonArray();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in first.Concat(second))
        {
            if (seen.Add(item?.ToJsonString() ?? "null"))
                items.Add(item?.DeepClone());
        }

        merged[name] = items;
    }
}
