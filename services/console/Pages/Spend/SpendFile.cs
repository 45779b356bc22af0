using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Web;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Pages.Spend;

/// <summary>The page's numbers as a file, as the admin API writes it.</summary>
internal static class SpendFile
{
    public static void MapSpendFile(this WebApplication app) =>
        app.MapGet(InternalRoutes.Console + "/spend/csv", static async (
                string? from, string? to, string? by, AdminApi api, TimeProvider time, CancellationToken cancellation) =>
            {
                var period = SpendPeriod.Read(from, to, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
                var query = SpendQuery.Of(period, "day," + SpendQuery.Grouping(by, null), "csv");
                var csv = await api.SendAsync(HttpMethod.Get, "/usage" + query, accept: "text/csv", cancellation: cancellation);
                return Results.File(csv, "text/csv; charset=utf-8", $"spend-{period.From:yyyy-MM-dd}-{period.To:yyyy-MM-dd}.csv");
            })
            .WithMetadata(new AreaAttribute("Spend", 0) { Needs = nameof(AdminRule.SeeAllUsage) });
}
