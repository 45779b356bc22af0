using System.Globalization;
using System.Text;

namespace Gateway.Billing.Admin;

/// <summary>A usage report's lines as CSV (RFC 4180), without the totals.</summary>
internal static class UsageCsv
{
    private static readonly (string Name, UsageGrouping? By, Func<UsageLine, string?> Value)[] Columns =
    [
        ("day", UsageGrouping.Day, l => l.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        ("key_id", UsageGrouping.Key, l => l.KeyId),
        ("team_id", UsageGrouping.Team, l => l.TeamId),
        ("organization_id", UsageGrouping.Organization, l => l.OrganizationId),
        ("model", UsageGrouping.Model, l => l.Model),
        ("provider", UsageGrouping.Provider, l => l.Provider),
        ("requests", null, l => Text(l.Requests)),
        ("input_tokens", null, l => Text(l.InputTokens)),
        ("output_tokens", null, l => Text(l.OutputTokens)),
        ("cache_creation_input_tokens", null, l => Text(l.CacheCreationInputTokens)),
        ("cache_read_input_tokens", null, l => Text(l.CacheReadInputTokens)),
        ("cost", null, l => l.Cost?.ToString(CultureInfo.InvariantCulture)),
        ("currency", null, l => l.Currency),
        ("unpriced_requests", null, l => Text(l.UnpricedRequests)),
    ];

    public static string Write(IReadOnlyList<UsageLine> lines, UsageGrouping by)
    {
        var columns = Columns.Where(c => c.By is not { } flag || by.HasFlag(flag)).ToList();
        var csv = new StringBuilder();
        csv.AppendJoin(',', columns.Select(c => c.Name)).Append("\r\n");
        foreach (var line in lines)
            csv.AppendJoin(',', columns.Select(c => Quoted(c.Value(line) ?? ""))).Append("\r\n");
        return csv.ToString();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A leading sign that a spreadsheet would take for a formula is kept from being one.</summary>
    private static string Quoted(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '@' or '\t')
            value = "'" + value;
        return value.AsSpan().IndexOfAny("\",\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
