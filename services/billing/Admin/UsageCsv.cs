using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Billing.Admin;

/// <summary>A usage report's lines as CSV (RFC 4180), without the totals.</summary>
internal static class UsageCsv
{
    private static readonly SearchValues<char> Separators = SearchValues.Create("\",;\t\r\n");

    private static readonly (string Name, UsageGrouping By, Func<UsageLine, string?> Value)[] Fields =
    [
        ("day", UsageGrouping.Day, l => l.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        ("hour", UsageGrouping.Hour, l => l.Hour?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
        ("key_id", UsageGrouping.Key, l => l.KeyId),
        ("team_id", UsageGrouping.Team, l => l.TeamId),
        ("organization_id", UsageGrouping.Organization, l => l.OrganizationId),
        ("model", UsageGrouping.Model, l => l.Model),
        ("provider", UsageGrouping.Provider, l => l.Provider),
        ("user", UsageGrouping.User, l => l.User),
        ("session", UsageGrouping.Session, l => l.Session),
        ("agent", UsageGrouping.Agent, l => l.Agent),
        ("request_class", UsageGrouping.RequestClass, l => l.RequestClass),
    ];

    private static readonly (string Name, Func<UsageLine, string?> Value)[] Sums =
    [
        ("requests", l => Text(l.Requests)),
        ("input_tokens", l => Text(l.InputTokens)),
        ("output_tokens", l => Text(l.OutputTokens)),
        ("cache_creation_input_tokens", l => Text(l.CacheCreationInputTokens)),
        ("cache_read_input_tokens", l => Text(l.CacheReadInputTokens)),
        ("cost", l => l.Cost?.ToString(CultureInfo.InvariantCulture)),
        ("currency", l => l.Currency),
        ("unpriced_requests", l => Text(l.UnpricedRequests)),
    ];

    public static string Write(IReadOnlyList<UsageLine> lines, UsageGroups by)
    {
        List<(string Name, Func<UsageLine, string?> Value)> columns =
        [
            .. Fields.Where(f => by.Has(f.By)).Select(f => (f.Name, f.Value)),
            .. by.Tags.Select(tag => ("tag:" + tag, (Func<UsageLine, string?>)(l => l.Tags?.GetValueOrDefault(tag)))),
            .. Sums,
        ];
        var csv = new StringBuilder();
        csv.AppendJoin(',', columns.Select(c => c.Name)).Append("\r\n");
        foreach (var line in lines)
            csv.AppendJoin(',', columns.Select(c => Quoted(c.Value(line) ?? ""))).Append("\r\n");
        return csv.ToString();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// A leading sign that a spreadsheet would take for a formula is kept from being one; so is one behind a semicolon or a tab, where that is taken for
    /// the end of a field. No number here is below 0.
    /// </summary>
    private static string Quoted(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '＝' or '＋' or '－' or '＠')
            value = "'" + value;
        return value.AsSpan().IndexOfAny(Separators) < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
