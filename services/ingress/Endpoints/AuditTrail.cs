using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Endpoints;

/// <summary>Tells billing, which keeps the audit trail, of a change that was made here.</summary>
internal static class AuditTrail
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static async Task AddAsync(HttpContext context, AuditNote note)
    {
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AuditTrail).FullName!);
        using var limit = new CancellationTokenSource(Limit);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{AppIds.Billing}{InternalRoutes.Audit}");
        request.Content = JsonContent.Create(note, options: JsonSerializerOptions.Web);
        try
        {
            using var answer = await context.RequestServices.GetRequiredService<ServiceClients>().For(AppIds.Billing).SendAsync(request, limit.Token);
            if (!answer.IsSuccessStatusCode)
                Log.NotAudited(log, note.Action, note.Target, note.By.Id, $"billing answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Log.NotAudited(log, note.Action, note.Target, note.By.Id, e.Message);
        }
    }
}
