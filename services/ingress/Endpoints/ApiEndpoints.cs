using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary>The API as clients call it: one handler behind every spelling that the five documented gateways use (contract C1).</summary>
internal static class ApiEndpoints
{
    /// <summary>Where the Anthropic API starts, by the documents of the five. The spelling in the OpenAPI document is the first.</summary>
    public static IReadOnlyList<string> Roots { get; } = ["/v1", "/api/v1", "/anthropic/v1", "/v1/anthropic", "/v1/anthropic/v1"];

    /// <summary>
    /// Where it starts for a client that was given one of these, with or without <c>/v1</c>, and adds <c>/v1</c> of its own (the official SDKs) or
    /// none (the <c>ai</c> SDK); each with the one of the documents that is meant, as which it counts.
    /// </summary>
    public static IReadOnlyDictionary<string, string> OtherRoots { get; } = new Dictionary<string, string>
    {
        ["/v1/v1"] = "/v1",
        [""] = "/v1",
        ["/api"] = "/api/v1",
        ["/api/v1/v1"] = "/api/v1",
        ["/anthropic"] = "/anthropic/v1",
        ["/anthropic/v1/v1"] = "/anthropic/v1",
        ["/v1/anthropic/v1/v1"] = "/v1/anthropic/v1",
    };

    /// <summary>What clients are given as a base URL: what stands before the API's own <c>/v1</c>. The first is empty.</summary>
    public static IReadOnlyList<string> BaseUrls { get; } =
        [.. Roots.Concat(OtherRoots.Keys).Where(r => r.EndsWith("/v1", StringComparison.Ordinal)).Select(r => r[..^"/v1".Length])];

    private const string Tag = "Anthropic API";

    public static void MapApi(this WebApplication app)
    {
        var pipeline = app.Services.GetRequiredService<MessagesPipeline>();
        RequestDelegate messages = context => pipeline.HandleAsync(context, Operations.Generate);
        RequestDelegate count = context => pipeline.HandleAsync(context, Operations.CountTokens);
        RequestDelegate unsupported = NotServedAsync;
        foreach (var root in Roots.Concat(OtherRoots.Keys))
        {
            var create = app.MapPost(root + "/messages", As(root, "/messages", messages));
            var countTokens = app.MapPost(root + "/messages/count_tokens", As(root, "/messages/count_tokens", count));
            var models = app.MapGet(root + "/models", ModelsEndpoint.ListAsync).WithTags(Tag);
            var model = app.MapGet(root + "/models/{**id}", ModelsEndpoint.GetAsync).WithTags(Tag);
            app.Map(root + "/messages/batches/{**rest}", unsupported);
            app.Map(root + "/files/{**rest}", unsupported);
            if (root != Roots[0])
            {
                models.ExcludeFromDescription();
                model.ExcludeFromDescription();
                continue;
            }

            models.WithName("listModels");
            model.WithName("getModel");
            Describe(create, messages, "createMessage", "Create a message", new RawBodies("MessagesRequest", "Message", CanStream: true),
                "The Anthropic Messages API, streamed with `\"stream\": true`. Any field the provider knows goes through.");
            Describe(countTokens, count, "countTokens", "Count the tokens of a message", new RawBodies("MessagesRequest", "TokenCount"),
                "Takes the body of a Messages request without max_tokens; costs nothing. The header gateway-count-accuracy tells a provider's "
                + "count from an estimate, and how far off that may be.");
        }

        foreach (var probe in (string[])["/health", "/alive", "/api/hello"])
            app.MapGet(probe, static () => "ok").ExcludeFromDescription();
        app.MapGet("/v1/key", (Delegate)OwnKeyEndpoint.GetAsync).WithName("getOwnKey").WithTags(Tag).Produces<KeySelf>();
        app.MapGet("/v1/key/usage", (Delegate)OwnKeyEndpoint.UsageAsync).WithName("getOwnUsage").WithTags(Tag).WithMetadata(new RawBodies(null, "OwnUsage"));
    }

    /// <summary>The same under the path that is meant.</summary>
    private static RequestDelegate As(string root, string path, RequestDelegate handler)
    {
        if (!OtherRoots.TryGetValue(root, out var meant))
            return handler;
        var surface = new PathString(meant + path);
        return context =>
        {
            context.Request.Path = surface;
            return handler(context);
        };
    }

    /// <summary>An endpoint on raw bytes is described only when its method stands in its metadata, where a bound one has it by itself.</summary>
    private static void Describe(
        IEndpointConventionBuilder endpoint, RequestDelegate handler, string id, string summary, RawBodies bodies, string description) =>
        endpoint.WithName(id).WithTags(Tag).WithSummary(summary).WithDescription(description).WithMetadata(bodies, handler.Method);

    private static async Task NotServedAsync(HttpContext context)
    {
        var id = RequestIds.Of(context);
        await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        await ErrorResponse.SendAsync(context.Response, ErrorKind.NotFound, $"{context.Request.Path}: batches and files are not served by this gateway.", id);
    }
}
