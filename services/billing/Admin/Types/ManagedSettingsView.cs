using System.Text.Json;
using Gateway.Billing.Keys;

namespace Gateway.Billing.Admin;

/// <summary>A document of managed settings of Claude Code as the admin API shows it.</summary>
internal sealed record ManagedSettingsView
{
    /// <summary>Whose it is: a team's, an organisation's or a user's id, or <c>everybody</c>.</summary>
    /// <example>team:7FhXk2Qp</example>
    public required string Id { get; init; }

    /// <summary>The settings.</summary>
    /// <example>{"availableModels":["opus","sonnet"],"permissions":{"deny":["WebFetch"]},"env":{"DISABLE_UPDATES":"1"}}</example>
    public required JsonElement Settings { get; init; }

    /// <summary>What Claude Code computes of these settings.</summary>
    /// <example>sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a</example>
    public required string Checksum { get; init; }

    /// <summary>When there first was a document.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it became what it is.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset UpdatedAt { get; init; }

    public static ManagedSettingsView Of(ManagedSettingsEntry entry) => new()
    {
        Id = entry.Id,
        Settings = Parse(entry.Text),
        Checksum = entry.Checksum,
        CreatedAt = entry.CreatedAt,
        UpdatedAt = entry.UpdatedAt,
    };

    internal static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
