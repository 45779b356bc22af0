using System.Text.Json;

namespace Gateway.Billing.Admin;

/// <summary>What all documents of managed settings that hold for somebody come to.</summary>
internal sealed record EffectiveSettingsView
{
    /// <summary>For whom.</summary>
    /// <example>key_4QmVXb2s</example>
    public required string Id { get; init; }

    /// <summary>Whose documents it is made of, from the widest to the nearest; none: Claude Code is told that there is no policy.</summary>
    /// <example>["everybody","team:7FhXk2Qp"]</example>
    public required IReadOnlyList<string> From { get; init; }

    /// <summary>The settings; ingress adds what turns telemetry on, where it relays it and these say nothing about it. Left out where there are none.</summary>
    /// <example>{"availableModels":["opus","sonnet"],"permissions":{"deny":["WebFetch"]},"env":{"DISABLE_UPDATES":"1"}}</example>
    public JsonElement? Settings { get; init; }

    /// <summary>What Claude Code computes of these settings.</summary>
    /// <example>sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a</example>
    public string? Checksum { get; init; }
}
