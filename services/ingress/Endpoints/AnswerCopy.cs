using Gateway.Hosting;

namespace Gateway.Ingress.Endpoints;

/// <summary>What a client accepts, for another service, and what that answers, for the client.</summary>
internal static class AnswerCopy
{
    private const string EventStream = "text/event-stream";

    /// <summary>
    /// Passes on what the client accepts. A stream of events and nothing else, exactly, would make a sidecar turn every error into a bare 500 (rule E171).
    /// </summary>
    public static void Accept(HttpRequest from, HttpRequestMessage to)
    {
        var accepted = from.Headers.Accept.ToString();
        if (accepted.Length > 0)
            to.Headers.TryAddWithoutValidation(
                "Accept", accepted.Equals(EventStream, StringComparison.OrdinalIgnoreCase) ? $"application/json, {EventStream}" : accepted);
    }

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
