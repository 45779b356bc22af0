using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Demo;

/// <summary>
/// A provider without a network, in Anthropic's format: what the first call of a new user gets. It stands where a connection would, so
/// everything around it is the real thing.
/// </summary>
internal sealed class DemoHandler(TimeProvider time) : HttpMessageHandler
{
    /// <summary>Never resolved: no request leaves this handler.</summary>
    public const string BaseUrl = "http://demo.invalid";

    private static readonly TimeSpan BetweenWords = TimeSpan.FromMilliseconds(20);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        DemoAnswer answer;
        try
        {
            using var document = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
            answer = DemoAnswer.To(document.RootElement, body.Length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair in a string, or no object at all.
            return Whole(
                HttpStatusCode.BadRequest,
                """{"type":"error","error":{"type":"invalid_request_error","message":"The request body is not a valid JSON object."}}"""u8.ToArray());
        }

        if (request.RequestUri!.AbsolutePath.EndsWith("/count_tokens", StringComparison.Ordinal))
            return Whole(HttpStatusCode.OK, answer.Count());
        return answer.IsStream ? Streamed(answer, cancellationToken) : Whole(HttpStatusCode.OK, answer.Message());
    }

    private HttpResponseMessage Streamed(DemoAnswer answer, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        _ = WriteAsync(answer, pipe.Writer, cancellationToken);
        return Response(HttpStatusCode.OK, new StreamContent(pipe.Reader.AsStream()), "text/event-stream");
    }

    private async Task WriteAsync(DemoAnswer answer, PipeWriter output, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var e in answer.Events())
            {
                if (e.IsDelta)
                    await Task.Delay(BetweenWords, time, cancellationToken);
                if ((await output.WriteAsync(Encoding.UTF8.GetBytes($"event: {e.Name}\ndata: {e.Data}\n\n"), cancellationToken)).IsCompleted)
                    break;
            }

            await output.CompleteAsync();
        }
        catch (Exception e)
        {
            await output.CompleteAsync(e);
        }
    }

    private static HttpResponseMessage Whole(HttpStatusCode status, byte[] json) => Response(status, new ByteArrayContent(json), "application/json");

    private static HttpResponseMessage Response(HttpStatusCode status, HttpContent content, string type)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        var response = new HttpResponseMessage(status) { Content = content };
        response.Headers.TryAddWithoutValidation("request-id", $"req_demo_{Guid.NewGuid():N}");
        return response;
    }
}
