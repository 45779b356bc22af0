using Gateway.Contracts.Usage;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Billing.Admin;

/// <summary>Which events of all are wanted.</summary>
internal readonly record struct EventFilter(
    [FromQuery(Name = "keyId")] string? KeyId,
    [FromQuery(Name = "teamId")] string? TeamId,
    [FromQuery(Name = "model")] string? Model,
    [FromQuery(Name = "provider")] string? Provider,
    [FromQuery(Name = "outcome")] string? Outcome)
{
    /// <summary>Null, or the answer to give.</summary>
    public InvalidProblem? Problem() => Outcome is null || Enum.GetNames<RequestOutcome>().Contains(Outcome, StringComparer.OrdinalIgnoreCase)
        ? null
        : new("outcome", "completed, error, cancelled or truncated.");

    public bool Passes(UsageEvent e) =>
        (KeyId is null || e.KeyId == KeyId)
        && (TeamId is null || e.Accounts?.Contains(TeamId) is true)
        && (Model is null || e.Model == Model)
        && (Provider is null || e.Provider == Provider)
        && (Outcome is null || string.Equals(e.Outcome.ToString(), Outcome, StringComparison.OrdinalIgnoreCase));
}
