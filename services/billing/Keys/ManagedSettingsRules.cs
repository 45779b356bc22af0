using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.ManagedSettings;

namespace Gateway.Billing.Keys;

/// <summary>
/// Reads a document of managed settings. What it is merged by, and what the gateway itself holds clients to, has to have its form; all else is Claude
/// Code's, whose releases add to it, and passes unchanged.
/// </summary>
internal static class ManagedSettingsRules
{
    public const int MaxBytes = 64 * 1024;

    /// <summary>Texts only, since models and rules are named so.</summary>
    private static readonly string[] TextLists = ["availableModels", "deniedModels", "disabledMcpjsonServers"];
    private static readonly string[] PermissionLists = ["allow", "deny", "ask"];
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document, and its text without whitespace; null when it has mistakes.</summary>
    public static (JsonObject Settings, string Text)? Read(string body, out Dictionary<string, string[]> errors)
    {
        errors = [];
        if (Encoding.UTF8.GetByteCount(body) > 4 * MaxBytes)
        {
            errors[""] = [TooLarge];
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                errors[""] = ["The body must be a JSON object: the settings themselves."];
                return null;
            }

            var settings = JsonText.Keep(document.RootElement.Clone(), errors);
            Check(settings, errors);
            var text = settings.ToJsonString(Compact);
            if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
                errors.TryAdd("", [TooLarge]);
            return errors.Count > 0 ? null : (settings, text);
        }
        catch (JsonException e)
        {
            errors[""] = [$"It is not JSON, or nested too deeply, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."];
            return null;
        }
    }

    private static string TooLarge => $"It has more than {MaxBytes} bytes, of which a document has at most so many.";

    private static void Check(JsonObject settings, Dictionary<string, string[]> errors)
    {
        if (settings.ContainsKey("mcpServers"))
            errors.TryAdd("mcpServers", ["Claude Code takes none from a gateway. Hand out a managed-mcp.json, or use managedMcpServers."]);
        foreach (var name in TextLists)
            CheckTexts(settings[name], name, errors);
        foreach (var name in SettingsMerge.Unions)
            CheckList(settings[name], name, errors);
        if (settings["availableModels"] is JsonArray { Count: 0 })
            errors.TryAdd("availableModels", ["An empty list allows no model at all. Leave it out to allow every one; to stop a team, pause it."]);
        if (settings["availableModelsMatch"] is { } match && !IsText(match, "prefix") && !IsText(match, "exact"))
            errors.TryAdd("availableModelsMatch", ["prefix or exact."]);
        foreach (var name in SettingsMerge.Records)
            CheckObject(settings[name], name, errors);
        CheckEnvironment(settings["env"] as JsonObject, errors);
        if (CheckObject(settings[SettingsMerge.Permissions], SettingsMerge.Permissions, errors) is { } permissions)
        {
            foreach (var name in PermissionLists)
                CheckTexts(permissions[name], $"{SettingsMerge.Permissions}.{name}", errors);
        }

        if (CheckObject(settings[SettingsMerge.Hooks], SettingsMerge.Hooks, errors) is { } hooks)
        {
            foreach (var (name, value) in hooks)
                CheckList(value, $"{SettingsMerge.Hooks}.{name}", errors);
        }
    }

    private static void CheckEnvironment(JsonObject? environment, Dictionary<string, string[]> errors)
    {
        foreach (var (name, value) in environment ?? [])
        {
            if (value?.GetValueKind() != JsonValueKind.String)
                errors.TryAdd($"env.{name}", ["A text, as \"1\": variables of an environment are nothing else."]);
        }
    }

    private static JsonObject? CheckObject(JsonNode? value, string path, Dictionary<string, string[]> errors)
    {
        if (value is not null and not JsonObject)
            errors.TryAdd(path, ["An object."]);
        return value as JsonObject;
    }

    private static void CheckList(JsonNode? value, string path, Dictionary<string, string[]> errors)
    {
        if (value is not null and not JsonArray)
            errors.TryAdd(path, ["A list."]);
    }

    private static void CheckTexts(JsonNode? value, string path, Dictionary<string, string[]> errors)
    {
        CheckList(value, path, errors);
        for (var i = 0; i < (value as JsonArray)?.Count; i++)
        {
            if (value[i]?.GetValueKind() != JsonValueKind.String || string.IsNullOrWhiteSpace((string?)value[i]))
                errors.TryAdd($"{path}[{i}]", ["A text."]);
        }
    }

    private static bool IsText(JsonNode value, string text) => value.GetValueKind() == JsonValueKind.String && (string?)value == text;
}
