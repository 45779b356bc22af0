using System.Globalization;
using System.Text;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Live;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Gateway.AdminConsole.Pages.Live;

/// <summary>
/// The stream behind the list: each new request that passes its filter, as the row that the page itself would have. Whoever watches is asked about again
/// every half minute, so that a revoked key sees no more. The number of readers is bounded.
/// </summary>
internal static class LiveStream
{
    public const int MostReaders = 100;
    private static readonly TimeSpan CheckedFor = TimeSpan.FromSeconds(30);
    private static int _readers;

    public static void MapLiveStream(this WebApplication app) => app.MapGet(InternalRoutes.Console + "/live/stream", StreamAsync);

    private static async Task StreamAsync(
        HttpContext context, long? after, string? key, string? user, string? model, string? outcome, LiveReader reader, LiveRequests requests, Drain drain,
        TimeProvider time, ILoggerFactory logs)
    {
        var aborted = context.RequestAborted;
        await reader.CheckAsync(aborted);
        if (Interlocked.Increment(ref _readers) > MostReaders)
        {
            Interlocked.Decrement(ref _readers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        try
        {
            var filter = new LiveFilter { Key = key, User = user, Model = model, Outcome = outcome };
            // Where the browser takes it up again after a break.
            var place = long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                ? last
                : after ?? requests.Newest;
            // Another start has begun to count anew.
            place = Math.Min(place, requests.Newest);
            context.Response.ContentType = "text/event-stream";
            await WriteAsync(context, ": requests as they end\n\n");
            var asked = time.GetTimestamp();
            while (!aborted.IsCancellationRequested && !drain.IsDraining)
            {
                // However much there is to show.
                var left = CheckedFor - time.GetElapsedTime(asked);
                if (left <= TimeSpan.Zero)
                {
                    await reader.CheckAsync(aborted);
                    await WriteAsync(context, ": ping\n\n");
                    asked = time.GetTimestamp();
                    continue;
                }

                using var wait = CancellationTokenSource.CreateLinkedTokenSource(aborted, drain.Draining);
                await Task.WhenAny(requests.NewsAsync(place, wait.Token), Task.Delay(left, time, wait.Token));
                await wait.CancelAsync();
                // Of this batch alone: it keeps all that it has drawn.
                await using var renderer = new HtmlRenderer(context.RequestServices, logs);
                foreach (var request in requests.After(place))
                {
                    place = request.Number;
                    if (filter.Passes(request.Event))
                        await WriteAsync(context, await RowAsync(renderer, request));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException || (e is ApiException && context.Response.HasStarted))
        {
            // The reader has left, or may not see more: the browser comes again, and is told so.
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private static Task<string> RowAsync(HtmlRenderer renderer, LiveRequest request) => renderer.Dispatcher.InvokeAsync(async () =>
    {
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(LiveRow.Request)] = request });
        var html = (await renderer.RenderComponentAsync<LiveRow>(parameters)).ToHtmlString().ReplaceLineEndings("\ndata: ");
        return string.Create(CultureInfo.InvariantCulture, $"id: {request.Number}\ndata: {html}\n\n");
    });

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
