using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Hosting;

namespace Gateway.ProviderAdapter.Web;

/// <summary>What the translator asks of the web: searches and pages.</summary>
internal sealed class WebEndpoints(WebSearch search, WebFetch fetch)
{
    public Task SearchAsync(HttpContext context) =>
        AnswerAsync(context, WebJson.Default.WebSearchCall, WebJson.Default.WebSearchAnswer, call => search.AskAsync(call, context.RequestAborted));

    public Task FetchAsync(HttpContext context) =>
        AnswerAsync(context, WebJson.Default.WebFetchCall, WebJson.Default.WebFetchAnswer, call => fetch.ReadAsync(call, context.RequestAborted));

    private static async Task AnswerAsync<TCall, TAnswer>(
        HttpContext context, JsonTypeInfo<TCall> callType, JsonTypeInfo<TAnswer> answerType, Func<TCall, Task<TAnswer>> ask)
    {
        TCall? call;
        using (var body = await RequestBodies.ReadAsync(context.Request))
        {
            try
            {
                call = JsonSerializer.Deserialize(body.WrittenSpan, callType);
            }
            catch (JsonException e)
            {
                throw new GatewayException(ErrorKind.InvalidRequest, $"The body is no call of a web tool: {e.Message}", e);
            }
        }

        var answer = await ask(call ?? throw GatewayException.Invalid("The body is no call of a web tool."));
        context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginGateway;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, answerType, context.RequestAborted);
    }
}
