using System.Net;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// <c>GET /openapi/admin.json</c>: the document of the admin API as billing makes it from its endpoints. One call for all who ask within a
/// minute: the document is shown to anybody, and must cost billing nothing.
/// </summary>
internal sealed class AdminDocument(ServiceClients clients, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Loading? _loading;

    public async Task HandleAsync(HttpContext context)
    {
        var loading = Current();
        if (await loading.Json.WaitAsync(context.RequestAborted) is not { } json)
        {
            // Not kept: whoever asks next may find billing there.
            Interlocked.CompareExchange(ref _loading, null, loading);
            await AdminProblem.BillingAwayAsync(context);
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private Loading Current()
    {
        lock (_lock)
        {
            if (_loading is null || time.GetElapsedTime(_loading.Since) > Kept)
                _loading = new(LoadAsync(), time.GetTimestamp());
            return _loading;
        }
    }

    /// <summary>Null when billing cannot be reached, or has no document to give.</summary>
    private async Task<byte[]?> LoadAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{AppIds.Billing}{InternalRoutes.AdminDocument}");
        try
        {
            using var response = await clients.For(AppIds.Billing).SendAsync(request, limit.Token);
            return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(limit.Token) : null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private sealed record Loading(Task<byte[]?> Json, long Since);
}
