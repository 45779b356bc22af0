using Gateway.Billing.Usage;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Billing.Admin;

/// <summary>Which events of all are wanted.</summary>
internal readonly record struct EventFilter(
    [FromQuery(Name = "keyId")] string? KeyId,
    [FromQuery(Name = "teamId")] string? TeamId,
    [FromQuery(Name = "model")] string? Model,
    [FromQuery(Name = "provider")] string? Provider,
    [FromQuery(Name = "outcome")] string? Outcome,
    [FromQuery(Name = "types")] string? Types)
{
    public bool WantsUsage => Wants(EventTypes.UsageRecorded);

    public bool WantsNotices => Types?.Split(',').Any(type => type != EventTypes.UsageRecorded) is true;

    /// <summary>Null, or the answer to give.</summary>
    public InvalidProblem? Problem() => Outcome is not null && !Enum.GetNames<RequestOutcome>().Contains(Outcome, StringComparer.OrdinalIgnoreCase)
        ? new("outcome", "completed, error, cancelled or truncated.")
        : Types?.Split(',').Any(type => !WebhookRules.Types.Contains(type)) is true
        ? new("types", $"Some of these, separated by commas: {string.Join(", ", WebhookRules.Types)}.")
        : null;

    public bool Passes(Notice notice) =>
        IsNamed(notice.Type)
        && (KeyId is null || notice.Accounts?.Contains(KeyId) is true)
        && (TeamId is null || notice.Accounts?.Contains(TeamId) is true);

    private bool Wants(string type) => Types is null || IsNamed(type);

    private bool IsNamed(string type) => Types!.Split(',').Contains(type);

    public bool Passes(UsageEvent e) =>
        (KeyId is null || e.KeyId == KeyId)
        && (TeamId is null || e.Accounts?.Contains(TeamId) is true)
        && (Model is null || e.Model == Model)
        && (Provider is null || e.Provider == Provider)
        && (Outcome is null || string.Equals(e.Outcome.ToString(), Outcome, StringComparison.OrdinalIgnoreCase));
}
