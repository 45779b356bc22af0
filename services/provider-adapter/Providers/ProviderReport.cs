using Gateway.Contracts.Providers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.ProviderAdapter.Providers;

/// <summary><c>GET /providers</c>: how those stand that this replica has called since its start, for ingress to show.</summary>
internal static class ProviderReport
{
    public static JsonHttpResult<ProviderStatuses> Get(UpstreamRegistry upstreams) => TypedResults.Json(
        new ProviderStatuses { Data = [.. upstreams.Called.Select(Of).OrderBy(p => p.Name, StringComparer.Ordinal)] }, ProviderJson.Default.ProviderStatuses);

    private static ProviderStatus Of(Upstream upstream)
    {
        var whole = upstream.Breakers.Provider.StatusOf(upstream.Name);
        return new()
        {
            Name = upstream.Name,
            App = upstream.Entry.App,
            Replica = Environment.MachineName,
            State = whole.State,
            Since = whole.Since,
            TriesAt = whole.TriesAt,
            Failures = whole.Failures,
            Running = upstream.Running,
            MaxConcurrency = upstream.Entry.MaxConcurrency,
            Models = [.. upstream.Breakers.Models.Select(m => m.Value.StatusOf(m.Key)).OrderBy(m => m.Model, StringComparer.Ordinal)],
        };
    }
}
