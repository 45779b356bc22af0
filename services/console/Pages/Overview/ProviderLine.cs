using Gateway.Contracts.Providers;

namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>How a provider stands, and how it has done in the requests that the console has seen.</summary>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="Status">As its adapter says; null for one that is in the catalog no more.</param>
/// <param name="Requests">Those seen.</param>
/// <param name="Failed">Those of them that ended as errors or broke off.</param>
/// <param name="MedianMs">Their latency, in the middle; null where none were seen.</param>
public sealed record ProviderLine(string Name, ProviderStatus? Status, int Requests, int Failed, double? MedianMs)
{
    /// <summary>Whether there is anything to see of it: it was called, or it is not as it was at the start.</summary>
    public bool Says => Requests > 0 || Status is not { State: BreakerState.Closed, Since: null, Running: 0, Models.Count: 0 };
}
