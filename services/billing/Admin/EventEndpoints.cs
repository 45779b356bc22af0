using System.Text;
using System.Text.Json;
using Dapr;
using Gateway.Billing.Usage;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>The events of all keys, for systems that subscribe to no topic.</summary>
internal static class EventEndpoints
{
    private const string EventStream = "text/event-stream";

    /// <summary>With a filter, how many events are looked at for one page.</summary>
    private const int MostLooked = 2_000;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(15);

    public static void Map(RouteGroupBuilder admin) =>
        admin.MapGet("/events", ListAsync).WithName("listEvents").WithMetadata(AdminRule.SeeAllUsage).AddEndpointFilter(GuardAuditAsync);

    /// <summary>Events of all keys</summary>
    /// <remarks>
    /// Those of usage, and as <c>notices</c> the other types that are asked for. Each once for a reader that sends the place it has come to
    /// (<c>nextAfter</c>, however long ago); those of one key in the order they were recorded. With <c>Accept: text/event-stream</c> it goes on: each event
    /// with its place as <c>id</c>, where <c>Last-Event-ID</c> takes it up again. Kept where <c>GATEWAY_EVENT_FEED</c> is set.
    /// </remarks>
    /// <response code="409">No feed of events is kept.</response>
    public static async Task<Results<Ok<AllEvents>, PushStreamHttpResult, InvalidProblem, ConflictProblem>> ListAsync(
        [AsParameters] PageQuery page, [AsParameters] EventFilter filter, EventFeed feed, HttpContext context, Drain drain)
    {
        if (!page.TryLimit(out var limit, out var problem) || (problem = filter.Problem()) is not null)
            return problem!;
        var isStream = context.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase);
        var after = isStream && context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : page.After;
        if (FeedCursor.Of(after) is not { } cursor)
            return new InvalidProblem("after", "The nextAfter of the page before, or the id of an event of the stream.");
        if (!feed.IsKept)
            return new ConflictProblem("No feed of events is kept. Set GATEWAY_EVENT_FEED to true at billing; earlier events come with each key's next one.");
        if (isStream)
            return TypedResults.Stream(body => FollowAsync(body, feed, filter, cursor, drain, context.RequestAborted), EventStream);

        var found = new List<UsageEvent>();
        var looked = 0;
        await foreach (var e in filter.WantsUsage ? feed.ReadAsync(cursor, filter == default ? limit : MostLooked) : AsyncEnumerable.Empty<UsageEvent>())
        {
            looked++;
            if (filter.Passes(e))
                found.Add(e);
            if (found.Count == limit)
                break;
        }

        List<Notice>? notices = null;
        if (filter.WantsNotices)
        {
            notices = [];
            await foreach (var notice in feed.ReadNoticesAsync(cursor, MostLooked))
            {
                looked++;
                if (filter.Passes(notice))
                    notices.Add(notice);
                if (notices.Count == limit)
                    break;
            }
        }

        var place = cursor.ToString();
        // What is left in any part, without taking it.
        var more = looked > 0 && (
            (filter.WantsUsage && await feed.ReadAsync(cursor, 1).AnyAsync()) || (filter.WantsNotices && await feed.ReadNoticesAsync(cursor, 1).AnyAsync()));
        return TypedResults.Ok(new AllEvents
        {
            Data = found,
            Notices = notices?.ConvertAll(n => new NoticeView { Id = n.Id, Type = n.Type, Time = n.Time, Data = n.Data }),
            HasMore = more,
            NextAfter = place,
        });
    }

    /// <summary>Who may not see the audit trail finds it here no more than there.</summary>
    private static async ValueTask<object?> GuardAuditAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next) =>
        call.HttpContext.Request.Query["types"].ToString().Split(',').Contains(EventTypes.AuditRecorded)
        && AdminRule.Inspect.MistakeIn(AdminGuard.CallerOf(call.HttpContext)) is { } mistake
            ? Problems.Of(StatusCodes.Status403Forbidden, AdminRule.Refused, mistake)
            : await next(call);

    private static async Task FollowAsync(Stream body, EventFeed feed, EventFilter filter, FeedCursor cursor, Drain drain, CancellationToken aborted)
    {
        var silent = TimeSpan.Zero;
        // The headers go out at once: a reader may wait long for the first event.
        await WriteAsync(body, ": the events of all keys\n\n", aborted);
        while (!aborted.IsCancellationRequested && !drain.IsDraining)
        {
            var some = false;
            try
            {
                await foreach (var e in feed.ReadAllAsync(cursor, MostLooked, null, filter.WantsUsage, filter.WantsNotices).WithCancellation(aborted))
                {
                    some = true;
                    var data = e.Usage is { } usage ? (filter.Passes(usage) ? Encoding.UTF8.GetString(UsageJson.Write(usage)) : null)
                        : filter.Passes(e.Notice!) ? JsonSerializer.Serialize(e.Notice!.Data)
                        : null;
                    if (data is not null)
                        await WriteAsync(body, $"id: {cursor}\nevent: {e.Type}\ndata: {data}\n\n", aborted);
                }
            }
            catch (Exception e) when (e is DaprException or HttpRequestException || (e is OperationCanceledException && !aborted.IsCancellationRequested))
            {
                // The store is away: the reader comes back with the place it has.
                return;
            }

            if (some)
            {
                silent = TimeSpan.Zero;
                continue;
            }

            await Task.Delay(LookAgainAfter, aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if ((silent += LookAgainAfter) < PingAfter)
                continue;
            silent = TimeSpan.Zero;
            await WriteAsync(body, ": ping\n\n", aborted);
        }
    }

    private static async Task WriteAsync(Stream body, string text, CancellationToken cancellation)
    {
        await body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await body.FlushAsync(cancellation);
    }
}
