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
        var body = await ReadAsync(context);
        if (context.Request.Headers.TryGetValue(ActorHeaders.Request, out var header))
            await AnswerRemotingAsync(context, method, header.ToString(), body);
        else
            await context.Response.Body.WriteAsync(await Actors(context).InvokeJsonAsync(Id(context), method, body, context.RequestAborted), context.RequestAborted);
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
    private async Task AnswerRemotingAsync(HttpContext context, string method, string header, byte[] body)
    {
        byte[] answer;
        try
        {
            answer = await Actors(context).InvokeRemotingAsync(Id(context), method, header, body, context.RequestAborted);
        }
        catch (Exception e)
        {
            context.Response.Headers[ActorHeaders.ErrorResponse] = ActorHeaders.WriteError(Describe(e));
            answer = ActorHeaders.WriteException(e);
        }

        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
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
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }
}
