using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Live;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Pages.Live;

/// <summary>
/// The latest requests, for whoever may see everybody's usage. They are in this process, past the admin API: so it asks that who the reader is now, and not
/// the cookie who it was.
/// </summary>
internal sealed class LiveReader(LiveRequests requests, AdminApi api, Visit visit)
{
    private static readonly JsonSerializerOptions Indented = new(UsageJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public async Task<(IReadOnlyList<LiveRequest> Shown, long Newest)> ReadAsync(LiveFilter filter, int most, CancellationToken cancellation)
    {
        await CheckAsync(cancellation);
        var all = requests.All();
        return ([.. all.Where(r => filter.Passes(r.Event)).Take(most)], all.Count > 0 ? all[0].Number : requests.Newest);
    }

    public async Task<LiveRequest?> FindAsync(string id, CancellationToken cancellation)
    {
        await CheckAsync(cancellation);
        return requests.Find(id);
    }

    /// <exception cref="ApiException">The reader may not see it, or not any more.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        if (AdminRule.SeeAllUsage.MistakeIn(await api.WhoAsync(visit.Key, cancellation)) is { } mistake)
            throw new ApiException(403, AdminRule.Refused, mistake);
    }

    public static string Text(UsageEvent e) => JsonSerializer.Serialize(e, Indented);
}
