using System.Diagnostics;
using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Actors.Wire;
using Microsoft.AspNetCore.Http;

namespace Dapr.AspNetCore;

/// <summary>The app's side of the actor protocol.</summary>
internal sealed class ActorEndpoints(ActorRuntime runtime)
{
    /// <summary>What a length that is only claimed can make us rent.</summary>
    private const int MaxFirstBytes = 128 * 1024;

    public async Task ConfigAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        runtime.WriteConfig(writer);
    }

    public Task DeactivateAsync(HttpContext context) => Actors(context).DeactivateAsync(Id(context));

    public async Task InvokeAsync(HttpContext context)
    {
        Reentrancy.Id = context.Request.Headers.TryGetValue(Reentrancy.Header, out var id) ? id.ToString() : null;
        var method = Route(context, "methodName");
        if (context.Request.Headers.TryGetValue(ActorHeaders.Request, out var header))
            await AnswerRemotingAsync(context, method, header.ToString());
        else
            await context.Response.Body.WriteAsync(await Actors(context).InvokeJsonAsync(Id(context), method, await ReadAsync(context), context.RequestAborted), context.RequestAborted);
    }

    public async Task RemindAsync(HttpContext context) =>
        await Actors(context).RemindAsync(Id(context), Route(context, "reminderName"), await ReadAsync(context));

    public async Task FireTimerAsync(HttpContext context)
    {
        var answer = await Actors(context).FireTimerAsync(Id(context), await ReadAsync(context));
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer ? "true" : "false", context.RequestAborted);
    }

    // What a remote method throws is an answer: 200, the details in the header, the exception in the body.
    private async Task AnswerRemotingAsync(HttpContext context, string method, string header)
    {
        using var answer = new JsonBuffer();
        var body = new JsonBuffer();
        try
        {
            await ReadAsync(context, body);
            Task call;
            try
            {
                call = Actors(context).InvokeRemotingAsync(Id(context), method, header, body.Written.Span, answer, context.RequestAborted);
            }
            finally
            {
                // The arguments are made of it by now.
                body.Dispose();
            }

            await call;
        }
        catch (Exception e)
        {
            context.Response.Headers[ActorHeaders.ErrorResponse] = ActorHeaders.WriteError(Describe(e));
            await context.Response.Body.WriteAsync(ActorHeaders.WriteException(e), context.RequestAborted);
            return;
        }

        await context.Response.Body.WriteAsync(answer.Written, context.RequestAborted);
    }

    private static string Describe(Exception e)
    {
        var frame = new StackTrace(e, fNeedFileInfo: true).GetFrame(0);
        var method = frame is null ? null : DiagnosticMethodInfo.Create(frame);
        return $"Exception: {e.GetType().Name}, Method Name: {method?.Name}, Line Number: {frame?.GetFileLineNumber()}, Exception uuid: {Guid.NewGuid()}";
    }

    private ActiveActors Actors(HttpContext context) => runtime.Of(Route(context, "actorTypeName"));

    private static ActorId Id(HttpContext context) => new(Route(context, "actorId"));

    private static string Route(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new JsonBuffer();
        await ReadAsync(context, body);
        return body.Written.ToArray();
    }

    private static async Task ReadAsync(HttpContext context, JsonBuffer body)
    {
        var hint = (int)Math.Min(context.Request.ContentLength + 1 ?? 0, MaxFirstBytes);
        int read;
        while ((read = await context.Request.Body.ReadAsync(body.GetMemory(hint), context.RequestAborted)) > 0)
        {
            body.Advance(read);
            hint = 0;
        }
    }
}
