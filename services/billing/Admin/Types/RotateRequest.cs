using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Gateway.Billing.Keys;

namespace Gateway.Billing.Admin;

/// <summary>The body of a key's rotation; it may be left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RotateRequest
{
    /// <summary>A day.</summary>
    public const long DefaultOverlapSeconds = 86_400;

    /// <summary>30 days.</summary>
    public const long MaxOverlapSeconds = 30 * 86_400;

    /// <summary>For how many seconds the key before stays good: a day, if nothing is said; 0 ends it at once.</summary>
    /// <example>3600</example>
    [Range(0, MaxOverlapSeconds)]
    public long OverlapSeconds { get; set; } = DefaultOverlapSeconds;

    /// <param name="body">Null: it has been left out.</param>
    /// <param name="rotation">What it says.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static bool TryRead(
        string? body, [NotNullWhen(true)] out RotateRequest? rotation, [NotNullWhen(false)] out InvalidProblem? problem)
    {
        var errors = new Dictionary<string, string[]>();
        rotation = body is null ? new() : SettingsReader.Read<RotateRequest>(body, null, out errors);
        if (rotation?.OverlapSeconds is < 0 or > MaxOverlapSeconds)
            errors.TryAdd("overlapSeconds", [$"From 0 to {MaxOverlapSeconds} seconds."]);
        problem = errors.Count > 0 ? new InvalidProblem(errors) : null;
        return problem is null;
    }
}
