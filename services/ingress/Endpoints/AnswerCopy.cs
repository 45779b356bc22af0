using Gateway.Hosting;

namespace Gateway.Ingress.Endpoints;

/// <summary>Copies what another service answers to a client.</summary>
internal static class AnswerCopy
{
    public const string EventStream = "text/event-stream";

    /// <summary>A stream of events, which goes on for ever, ends when this instance is to stop: its reader comes again by itself, and finds another.</summary>
    public static async Task ToClientAsync(HttpContext context, HttpContent answer)
    {
        var ending = answer.Headers.ContentType?.MediaType == EventStream ? context.RequestServices.GetRequiredService<Drain>().Draining : default;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        try
        {
            await answer.CopyToAsync(context.Response.Body, either.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
        }
    }
}
