using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gateway.Hosting;

/// <summary>
/// Carries a caller's trace through a service that traces nothing itself: its sidecar, the next hop and the usage event still know of it.
/// Without a trace in the request nothing is made of it.
/// </summary>
internal sealed class TraceHeader : IStartupFilter
{
    private const string NoTrace = "00-00000000000000000000000000000000-";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(static (context, next) =>
        {
            var headers = context.Request.Headers;
            return Activity.Current is null && headers.TraceParent is { Count: 1 } parent && !parent[0]!.StartsWith(NoTrace, StringComparison.Ordinal)
                ? GoOnAsync(context, next, parent[0]!, headers.TraceState.ToString())
                : next(context);
        });
        next(app);
    };

    private static async Task GoOnAsync(HttpContext context, RequestDelegate next, string parent, string state)
    {
        using var activity = new Activity("gateway.hop");
        if (ActivityContext.TryParse(parent, null, out _))
        {
            activity.SetParentId(parent);
            if (state.Length > 0)
                activity.TraceStateString = state;
            activity.Start();
        }

        await next(context);
    }
}
