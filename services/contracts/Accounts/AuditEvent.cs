using System.Text.Json;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// The data of <c>gateway.audit.recorded.v1</c>: one change, written in one transaction with it. Delivered at least once; <see cref="Number"/> tells
/// deliveries of one from another. Never with a key in it.
/// </summary>
public sealed record AuditEvent
{
    /// <summary>From 1 on, without gaps, in the order of the changes.</summary>
    public required long Number { get; init; }
    public required DateTimeOffset Time { get; init; }
    public required AuditActor Actor { get; init; }

    /// <summary>What was changed and how: <c>key.created</c>, <c>team.paused</c>, <c>admin_key.revoked</c>, …</summary>
    public required string Action { get; init; }

    /// <summary>The id of what was changed.</summary>
    public required string Target { get; init; }

    /// <summary>How the admin API showed it before; null: it was not there.</summary>
    public JsonElement? Before { get; init; }

    /// <summary>How it shows it since; null: it is not there any more.</summary>
    public JsonElement? After { get; init; }
}
