using System.Globalization;
using System.Text.Json;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// The audit trail: each event is written with its change, in one transaction, and published from here until the broker has it. State keys:
/// <c>audits</c>, how many there are; <c>audit:{page}</c>, a few to a page; <c>audits:first</c>, the number of the first that is kept. What is older than
/// <c>GATEWAY_RETENTION_DAYS</c> goes when others come.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    private const string Audits = "audits";
    private const string FirstAudit = "audits:first";

    /// <summary>More than come in, so that a backlog goes.</summary>
    private const int MostAuditPagesDropped = 2;
    private const int AuditsPerPage = 16;
    private static readonly JsonSerializerOptions Shown = ShownOptions();

    public async Task AddAuditAsync(AuditNote note)
    {
        await FinishAsync();
        var number = await AuditAsync(note.By, note.Action, note.Target, note.Before, note.After);
        var id = string.Create(CultureInfo.InvariantCulture, $"audit {number}");
        await HandOnAsync([new PendingChange { Id = id, Change = note.Action, Time = Now, Audit = number }]);
    }

    public async Task<AuditPage> ListAuditAsync(AuditQuery query)
    {
        var (first, count) = (await FirstAuditAsync(), await AuditCountAsync());
        var found = new List<AuditEvent>();
        var step = query.Newest ? -1 : 1;
        var at = query switch { { After: > 0 } => query.After + step, { Newest: true } => count, _ => first };
        if (!query.Newest)
            at = Math.Max(at, first);
        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        for (var looked = 0; at >= first && at <= count && found.Count < limit && looked < MaxLook; at += step, looked++)
        {
            var e = (await AuditPageAsync(at))[(int)((at - 1) % AuditsPerPage)];
            if ((query.Actor is null || e.Actor.Id == query.Actor) && (query.Target is null || e.Target == query.Target))
                found.Add(e);
        }

        await StateManager.ClearCacheAsync();
        return new() { Events = found, Next = at >= first && at <= count ? at - step : null };
    }

    /// <summary>Returns the event's number; the caller saves.</summary>
    private async Task<long> AuditAsync(AdminCaller by, string action, string target, object? before, object? after)
    {
        var number = await AuditCountAsync() + 1;
        var page = await AuditPageAsync(number);
        page.Add(new AuditEvent
        {
            Number = number,
            Time = Now,
            Actor = AuditActor.Of(by),
            Action = action,
            Target = target,
            Before = Show(before),
            After = Show(after),
        });
        await StateManager.SetStateAsync(AuditKey(number), page);
        await StateManager.SetStateAsync(Audits, number);
        if (page.Count == 1)
            await DropAuditsAsync(number);
        return number;
    }

    /// <summary>As seen from an event a page before: a clock that goes wrong has to do so for a whole page before anything goes by it.</summary>
    private async Task DropAuditsAsync(long last)
    {
        var first = await FirstAuditAsync();
        if (first == last)
            return;
        var recent = (await AuditPageAsync(last - 1))[0].Time;
        var over = (recent < Now ? recent : Now).AddDays(-accounts.RetentionDays);
        for (var i = 0; i < MostAuditPagesDropped && first + AuditsPerPage <= last && (await AuditPageAsync(first))[^1].Time < over; i++)
        {
            await StateManager.TryRemoveStateAsync(AuditKey(first));
            await StateManager.SetStateAsync(FirstAudit, first += AuditsPerPage);
        }
    }

    private async Task<AuditEvent?> FindAuditAsync(long number) =>
        number == 0 ? null : (await AuditPageAsync(number)).ElementAtOrDefault((int)((number - 1) % AuditsPerPage));

    private async Task<long> FirstAuditAsync()
    {
        var first = await StateManager.TryGetStateAsync<long>(FirstAudit);
        return first.HasValue ? first.Value : 1;
    }

    private async Task<long> AuditCountAsync()
    {
        var count = await StateManager.TryGetStateAsync<long>(Audits);
        return count.HasValue ? count.Value : 0;
    }

    private async Task<List<AuditEvent>> AuditPageAsync(long number)
    {
        var page = await StateManager.TryGetStateAsync<List<AuditEvent>>(AuditKey(number));
        return page.HasValue ? page.Value : [];
    }

    private static string AuditKey(long number) => string.Create(CultureInfo.InvariantCulture, $"audit:{(number - 1) / AuditsPerPage}");

    private static JsonElement? Show(object? view) => view switch
    {
        null => null,
        JsonElement element => element,
        _ => JsonSerializer.SerializeToElement(view, view.GetType(), Shown),
    };

    private static JsonSerializerOptions ShownOptions()
    {
        var options = new JsonSerializerOptions();
        AdminJson.Configure(options);
        return options;
    }
}
