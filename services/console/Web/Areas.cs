using System.Reflection;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Sessions;
using Gateway.Hosting;
using Microsoft.AspNetCore.Components;

namespace Gateway.AdminConsole.Web;

/// <summary>The areas of the console, as its pages say.</summary>
internal static class Areas
{
    private static IReadOnlyList<(string Path, AreaAttribute Area)> All { get; } =
    [
        .. typeof(Areas).Assembly.GetTypes()
            .Select(type => (Path: type.GetCustomAttributes<RouteAttribute>().FirstOrDefault()?.Template, Area: type.GetCustomAttribute<AreaAttribute>()))
            .Where(page => page is { Path: not null, Area: not null }).Select(page => (page.Path!, page.Area!)).OrderBy(page => page.Item2.Place),
    ];

    /// <summary>Those that the reader may see.</summary>
    public static IEnumerable<(string Path, AreaAttribute Area)> For(Visit visit) => All.Where(page => page.Area.Rule is not { } rule || visit.May(rule));

    /// <summary>A page that is not for the reader's role says so before it asks the admin API, which would.</summary>
    public static void UseAreaRules(this WebApplication app) => app.Use(next => context =>
    {
        var rule = context.GetEndpoint()?.Metadata.GetMetadata<AreaAttribute>()?.Rule;
        return rule is not null && context.RequestServices.GetRequiredService<Visit>() is { Session: { } session } && rule.MistakeIn(session.Caller) is { } why
            ? PageErrors.ShowAsync(context, new ApiException(StatusCodes.Status403Forbidden, AdminRule.Refused, why))
            : next(context);
    });
}
