using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary>The API as clients call it: one handler behind every spelling that the five documented gateways use (contract C1).</summary>
internal static class ApiEndpoints
{
    /// <summary>Where the Anthropic API starts. The spelling in the OpenAPI document is the first.</summary>
    public static IReadOnlyList<string> Roots { get; } = ["/v1", "/api/v1", "/anthropic/v1", "/v1/anthropic", "/v1/anthropic/v1"];

    public static void MapApi(this WebApplication app)
    {
        var pipeline = app.Services.GetRequiredService<MessagesPipeline>();
        RequestDelegate messages = context => pipeline.HandleAsync(context, Operations.Generate);
        RequestDelegate count = context => pipeline.HandleAsync(context, Operations.CountTokens);
        RequestDelegate unsupported = NotServedAsync;
        foreach (var root in Roots)
        {
            var documented = root == Roots[0];
            app.MapPost(root + "/messages", messages).Describe(documented, ApiDocument.Messages);
            app.MapPost(root + "/messages/count_tokens", count).Describe(documented, ApiDocument.CountTokens);
            app.MapGet(root + "/models", ModelsEndpoint.ListAsync).Describe(documented, ApiDocument.Models);
            app.MapGet(root + "/models/{**id}", ModelsEndpoint.GetAsync).Describe(documented, ApiDocument.Model);
            app.Map(root + "/messages/batches/{**rest}", unsupported).ExcludeFromDescription();
            app.Map(root + "/files/{**rest}", unsupported).ExcludeFromDescription();
        }

        app.MapGet("/v1/key", OwnKeyEndpoint.GetAsync).Describe(true, ApiDocument.OwnKey);
    }

    private static async Task NotServedAsync(HttpContext context)
    {
        var id = RequestIds.Of(context);
        await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        await ErrorResponse.SendAsync(context.Response, ErrorKind.NotFound, $"{context.Request.Path}: batches and files are not served by this gateway.", id);
    }
}
