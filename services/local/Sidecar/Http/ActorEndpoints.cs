using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Hosting;
using Gateway.Local.Sidecar.Actors;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/actors/{type}/{id}/…</c>.</summary>
internal sealed class ActorEndpoints(AppChannel app, SidecarOptions options, ActorRuntime actors)
{
    private static readonly HashSet<string> NotPassed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "dapr-app-id", "dapr-api-token", "Keep-Alive", "TE", "Proxy-Authorization", "Proxy-Connection", "Connection", "Upgrade", "Transfer-Encoding",
        "Content-Length", "Content-Type", "Trailer", "Expect", "Accept-Encoding",
    };

    private static readonly HashSet<string> NotReturned = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade", "Trailer",
    };

    public Task? Route(HttpContext context, ApiPath path, string query)
    {
        if (path.Count < 5)
            return null;
        var actor = new ActorKey(path[2], path[3]);
        var method = context.Request.Method;
        var isWrite = HttpMethods.IsPost(method) || HttpMethods.IsPut(method);
        return (path[4], path.Count) switch
        {
            ("method", > 5) when isWrite || HttpMethods.IsGet(method) || HttpMethods.IsDelete(method) => InvokeAsync(context, actor, path.RawFrom(5), query),
            ("state", 5) when isWrite => SaveStateAsync(context, actor),
            ("state", 6) when HttpMethods.IsGet(method) => GetStateAsync(context, actor, path[5]),
            ("reminders", 6) when isWrite => SetReminderAsync(context, actor, path[5]),
            ("reminders", 6) when HttpMethods.IsGet(method) => GetReminderAsync(context, actor, path[5]),
            ("reminders", 6) when HttpMethods.IsDelete(method) => DeleteReminderAsync(context, actor, path[5]),
            ("timers", 6) when isWrite => SetTimerAsync(context, actor, path[5]),
            ("timers", 6) when HttpMethods.IsDelete(method) => DeleteTimerAsync(context, actor, path[5]),
            _ => null,
        };
    }

    private async Task InvokeAsync(HttpContext context, ActorKey actor, string method, string query)
    {
        var body = await ReadAsync(context);
        var headers = new List<KeyValuePair<string, string>>(context.Request.Headers.Count + 3);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!NotPassed.Contains(name))
                headers.Add(new(name, values.ToString()));
        }

        var answer = await actors.InvokeAsync(app, actor, method, query, headers, context.Request.ContentType, body, context.RequestAborted);
        context.Response.StatusCode = answer.Status;
        Return(context, answer.Headers.NonValidated);
        Return(context, answer.ContentHeaders.NonValidated);
        if (answer.Status is 204 or 304)
            return;
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private static void Return(HttpContext context, HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            if (!NotReturned.Contains(name))
                context.Response.Headers[name] = values.ToString();
        }
    }

    private async Task SaveStateAsync(HttpContext context, ActorKey actor)
    {
        using var body = RequestBodies.ForLength(context.Request.ContentLength);
        if (!await body.TryReadAsync(context.Request.Body, options.MaxBodyBytes, context.RequestAborted))
            throw TooLarge();
        await actors.SaveStateAsync(app.AppId, actor, body.WrittenMemory);
        await Answer.NoContent(context);
    }

    private Task GetStateAsync(HttpContext context, ActorKey actor, string key) =>
        actors.GetState(app.AppId, actor, key) is { } found ? Answer.JsonAsync(context, found.Value) : Answer.NoContent(context);

    private async Task SetReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        await actors.SetReminderAsync(app.AppId, actor, name, await ReadAsync(context));
        await Answer.NoContent(context);
    }

    private Task GetReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        var reminder = actors.GetReminder(app.AppId, actor, name);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("actorID", actor.Id);
            json.WriteString("actorType", actor.Type);
            if (reminder.Data is not null)
            {
                json.WritePropertyName("data");
                json.WriteRawValue(reminder.Data);
            }

            json.WriteString("dueTime", reminder.DueText);
            json.WriteString("period", reminder.PeriodText);
            json.WriteEndObject();
        }

        return Answer.JsonAsync(context, buffer.ToArray());
    }

    private async Task DeleteReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        await actors.DeleteReminderAsync(app.AppId, actor, name);
        await Answer.NoContent(context);
    }

    private async Task SetTimerAsync(HttpContext context, ActorKey actor, string name)
    {
        actors.SetTimer(app.AppId, actor, name, await ReadAsync(context));
        await Answer.NoContent(context);
    }

    private Task DeleteTimerAsync(HttpContext context, ActorKey actor, string name)
    {
        actors.DeleteTimer(app.AppId, actor, name);
        return Answer.NoContent(context);
    }

    private Task<byte[]> ReadAsync(HttpContext context) =>
        Answer.ReadBodyAsync(context, options.MaxBodyBytes, TooLarge);

    private static SidecarFault TooLarge() => SidecarFault.Malformed("stream too large");
}
