using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Shared;

namespace Gateway.AdminConsole.Pages.Spend;

/// <summary>What one of them has used, now and in the period before.</summary>
public sealed record SpendLine(string Name, UsageLine Now, UsageLine? Before)
{
    /// <summary>By how much the spend has changed; nothing where there is nothing to hold it against.</summary>
    public string Change => (Now.Cost, Before?.Cost) switch
    {
        ({ } now, { } before) when before > 0 => (now >= before ? "+" : "−") + Show.Percent(Math.Abs(now - before) / before),
        ({ } now, null) when now > 0 => "new",
        _ => "",
    };

    /// <summary>The dearest first, and how many there are beside them.</summary>
    public static (IReadOnlyList<SpendLine> Lines, int More) Of(UsageReport now, UsageReport before, string by, int most)
    {
        var old = before.Data.ToLookup(l => (l.Value(by), l.Currency));
        var lines = now.Data.OrderByDescending(l => l.Cost ?? 0).ThenByDescending(l => l.Requests).Take(most)
            .Select(l => new SpendLine(l.Value(by) ?? "none", l, old[(l.Value(by), l.Currency)].FirstOrDefault()));
        return ([.. lines], Math.Max(0, now.Data.Count - most));
    }
}
