using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Contracts.Providers;
using Gateway.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// The OpenAPI document of what ingress itself answers. Endpoints that pass bytes through name their shapes by <see cref="RawBodies"/>; the
/// gateway names what it checks of these, and everything else goes through.
/// </summary>
internal static class ApiDocument
{
    public const string Name = "v1";
    public const string Path = "/openapi/v1.json";
    private const string Problem = "application/problem+json";

    public static void Configure(OpenApiOptions options)
    {
        options.AddOperationTransformer(Describe);
        options.AddDocumentTransformer(AddSchemas);
        options.NameMembers(typeof(KeySelf).Namespace!, JsonNamingPolicy.CamelCase);
        options.NameMembers(typeof(ProviderStatuses).Namespace!, JsonNamingPolicy.CamelCase);
        options.NameMembers(typeof(CatalogFile).Namespace!, JsonNamingPolicy.CamelCase);
        options.AddDefaults(
            "Gateway",
            $"Messages are also served under {string.Join(", ", ApiEndpoints.Roots.Skip(1).Select(r => r + "/messages"))}. "
                + $"Keys, budgets and usage: {InternalRoutes.AdminDocument}.",
            "A key of this gateway; for the calls of Admin and for spend limits, the admin key.");
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var document = context.Document!;
        var responses = operation.Responses ??= [];
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RawBodies>().SingleOrDefault() is { } raw)
        {
            if (raw.Request is { } body)
                operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Json(body, document) };
            var answer = responses["200"] = new OpenApiResponse { Description = "OK", Content = Json(raw.Answer, document) };
            if (raw.CanStream)
                answer.Content!["text/event-stream"] = Stream();
        }

        var spend = context.Description.RelativePath?.StartsWith(SpendEndpoints.Limits[1..], StringComparison.Ordinal) == true;
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Example ??= parameter.Name switch
            {
                "scope_type" => "rbac_group",
                "period[]" => "monthly",
                "user_ids[]" => "key_4QmVXb2s",
                _ when spend => "spl_key_4QmVXb2s",
                _ => "demo/echo",
            };
            if (parameter.Name == "limit")
                parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "1000", Default = 20 };
        }

        if (context.Description.RelativePath?.StartsWith(InternalRoutes.Admin[1..], StringComparison.Ordinal) == true)
            responses["503"] = new OpenApiResponse { Description = "The key store cannot be reached", Content = Json("ProblemDetails", document, Problem) };
        responses["default"] = new OpenApiResponse { Description = "An error in Anthropic's form", Content = Json("Error", document) };
        return Task.CompletedTask;
    }

    private static Task AddSchemas(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        foreach (var (name, schema) in ApiSchemas.All)
            document.AddComponent(name, schema);
        return Task.CompletedTask;
    }

    private static OpenApiMediaType Stream() => new()
    {
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Server-sent events, as in the Anthropic API." },
        Example = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    };

    private static Dictionary<string, OpenApiMediaType> Json(string schema, OpenApiDocument document, string type = "application/json") =>
        new() { [type] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document) } };
}
