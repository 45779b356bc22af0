using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Contracts.Providers;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Ingress.Endpoints;

/// <summary><c>GET /admin/v1/providers</c>: the catalog's providers with what their adapters say of them.</summary>
internal static class ProvidersEndpoint
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>How the providers stand</summary>
    /// <remarks>
    /// The breaker of each provider of the catalog and of its models, and the calls in progress, as the replica of its adapter sees it that answers. Where
    /// there are several, each counts for itself: the metrics <c>gateway.provider.breaker_open</c> and <c>gateway.provider.calls</c> have all of them.
    /// </remarks>
    public static async Task<JsonHttpResult<ProviderStatuses>> GetAsync(CatalogSource source, ServiceClients clients, HttpContext context)
    {
        var catalog = source.Current.File;
        var apps = catalog.Providers.Values.Select(p => p.App).Distinct(StringComparer.Ordinal);
        var answers = await Task.WhenAll(apps.Select(async app => (app, Said: await AskAsync(clients.For(app), app, context.RequestAborted))));
        var said = answers.ToDictionary(a => a.app, a => a.Said, StringComparer.Ordinal);
        return TypedResults.Json(
            new ProviderStatuses
            {
                Data = [.. catalog.Providers.Select(p => Of(p.Key, p.Value, said[p.Value.App])).OrderBy(p => p.Name, StringComparer.Ordinal)],
            },
            ProviderJson.Default.ProviderStatuses);
    }

    private static ProviderStatus Of(string name, ProviderEntry entry, ProviderStatuses? said) =>
        said?.Data.FirstOrDefault(p => p.Name == name) ?? new()
        {
            Name = name,
            App = entry.App,
            State = said is null ? BreakerState.Unknown : BreakerState.Closed,
            MaxConcurrency = entry.MaxConcurrency,
        };

    /// <summary>Null when no replica of it answers.</summary>
    private static async Task<ProviderStatuses?> AskAsync(HttpMessageInvoker client, string app, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        using var request = new HttpRequestMessage(HttpMethod.Get, Sidecar.InvokeUri(app, InternalRoutes.Providers));
        try
        {
            using var response = await client.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync(ProviderJson.Default.ProviderStatuses, limit.Token)
                : null;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }
}
