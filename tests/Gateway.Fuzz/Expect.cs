using System.Net;
using System.Text.Json;

namespace Gateway.Fuzz;

/// <summary>What holds of every answer of the gateway.</summary>
internal static class Expect
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 600 };

    /// <param name="answer">With its body still to come.</param>
    /// <param name="serverErrors">Which of 5xx are in order here; never 500.</param>
    /// <param name="isOwn">Whether the gateway has made the events itself, so that its grammar holds.</param>
    /// <param name="what">The case, in a few words.</param>
    public static async Task AnswerAsync(HttpResponseMessage answer, int[] serverErrors, bool isOwn, string what, CancellationToken cancellation)
    {
        var status = (int)answer.StatusCode;
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        FuzzFailure.Unless(status < 500 || serverErrors.Contains(status), $"{what}: status {status}", text);
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (type == "text/event-stream")
        {
            FuzzFailure.Unless(status == 200, $"{what}: a stream of status {status}", text);
            EventGrammar.Check(text, isOwn, what);
            return;
        }

        // The server itself says no more of a path that no URL can have.
        if (status is 204 or 400 or 405 && text.Length == 0)
            return;
        if (status == (int)HttpStatusCode.OK && type is "text/csv" or "text/html")
            return;
        JsonElement json;
        try
        {
            using var document = JsonDocument.Parse(text, Deep);
            json = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FuzzFailure($"{what}: status {status} whose body is no JSON ({e.Message}): {text}");
        }

        if (status >= 400)
            FuzzFailure.Unless(IsEnvelope(json) || IsProblem(json), $"{what}: status {status} in no known form", text);
    }

    private static bool IsEnvelope(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("type", out _) && error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String;

    private static bool IsProblem(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("status", out _) && json.TryGetProperty("title", out _);
}
