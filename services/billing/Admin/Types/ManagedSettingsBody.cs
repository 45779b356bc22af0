using System.Text.Json;

namespace Gateway.Billing.Admin;

/// <summary>
/// Managed settings of Claude Code (<c>managed-settings.json</c>). Named here is what the gateway itself looks at; every other setting passes unchanged.
/// </summary>
internal sealed record ManagedSettingsBody
{
    /// <summary>The models that may be used: families (<c>opus</c>), names or beginnings of names. Held to by the gateway as well.</summary>
    /// <example>["opus","sonnet","claude-haiku-4-5"]</example>
    public IReadOnlyList<string>? AvailableModels { get; init; }

    /// <summary><c>exact</c>: a name of <c>availableModels</c> means no longer one that begins like it.</summary>
    /// <example>prefix</example>
    public string? AvailableModelsMatch { get; init; }

    /// <summary>Models that may not be used, whatever else is said. Held to by the gateway as well.</summary>
    /// <example>["claude-opus-4-1"]</example>
    public IReadOnlyList<string>? DeniedModels { get; init; }

    /// <summary>Variables of Claude Code's environment.</summary>
    /// <example>{"DISABLE_UPDATES":"1"}</example>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Rules for its tools: <c>allow</c>, <c>deny</c>, <c>ask</c>.</summary>
    /// <example>{"deny":["WebFetch"],"disableBypassPermissionsMode":"disable"}</example>
    public JsonElement? Permissions { get; init; }

    /// <summary>Commands that it runs, by event.</summary>
    public JsonElement? Hooks { get; init; }
}
