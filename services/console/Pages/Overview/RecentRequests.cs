using Gateway.AdminConsole.Live;
using Gateway.Contracts.Usage;

namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>Sums of the requests that the console has seen last.</summary>
public sealed record RecentRequests
{
    public required int Count { get; init; }

    /// <summary>Those that ended as errors or broke off; one whose client left is none.</summary>
    public required int Failed { get; init; }
    public required Times Latency { get; init; }
    public required Times FirstToken { get; init; }

    public static RecentRequests Of(IReadOnlyList<LiveRequest> requests) => new()
    {
        Count = requests.Count,
        Failed = requests.Count(r => HasFailed(r.Event)),
        Latency = Times.Of(requests.Select(r => (double?)r.Event.LatencyMs)),
        FirstToken = Times.Of(requests.Select(r => r.Event.TimeToFirstTokenMs)),
    };

    public static bool HasFailed(UsageEvent e) => e.Outcome is RequestOutcome.Error or RequestOutcome.Truncated;
}
