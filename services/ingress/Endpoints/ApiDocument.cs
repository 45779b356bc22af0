using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// The OpenAPI document. The handlers pass bytes through and bind nothing, so the shapes are said here, beside the list of operations.
/// Request and answer of the Messages API are open objects: the gateway names what it checks, and everything else goes through.
/// </summary>
internal static class ApiDocument
{
    public static ApiOperation Messages { get; } = new("POST", "/messages", "createMessage", "Create a message",
        "The Anthropic Messages API, streamed with \"stream\": true. Any field the provider knows goes through.", Request: "MessagesRequest", Answer: "Message");

    public static ApiOperation CountTokens { get; } = new("POST", "/messages/count_tokens", "countTokens", "Count the tokens of a message",
        "Takes the body of a Messages request without max_tokens; costs nothing. The header gateway-count-accuracy tells a provider's count from an estimate, and how far off that may be.", Request: "MessagesRequest", Answer: "TokenCount");

    public static ApiOperation Models { get; } = new("GET", "/models", "listModels", "List models",
        "The models this key may use, in Anthropic's shape. Query: limit (1 to 1000), after_id, before_id.", Answer: "ModelList");

    public static ApiOperation Model { get; } = new("GET", "/models/{id}", "getModel", "Get a model", "By id or any spelling of it.", Answer: "Model");

    public static ApiOperation OwnKey { get; } = new("GET", "/v1/key", "getOwnKey", "The caller's own key", "Limits, budget and spend of the key the request is made with.", Answer: "Object");

    public static ApiOperation Catalog { get; } = new("GET", "/admin/v1/catalog", "getCatalog", "The catalog in force", "Providers, models, routes and prices as they are used now.", Answer: "Object", IsAdmin: true);

    public static ApiOperation Explain { get; } = new("POST", "/admin/v1/explain", "explain", "Explain a request", "Takes a Messages request and tells its routes and the exact request the first one would get. Nothing is sent to a provider.", Request: "MessagesRequest", Answer: "Object", IsAdmin: true);

    /// <summary>What billing serves under <c>/admin/v1</c>.</summary>
    public static IReadOnlyList<ApiOperation> Admin { get; } =
    [
        new("POST", "/keys", "createKey", "Create a key", "The key itself is in this answer only.", Request: "CreateKey", Answer: "KeyCreated", Status: 201, IsAdmin: true),
        new("GET", "/keys", "listKeys", "List keys", "Query: limit, after, teamId.", Answer: "Object", IsAdmin: true),
        new("GET", "/keys/{id}", "getKey", "Get a key", "Its limits, budget and state; never the key itself.", Answer: "Object", IsAdmin: true),
        new("PATCH", "/keys/{id}", "changeKey", "Change a key", "Limits, budget, models, name, metadata, expiry; in force within seconds.", Request: "CreateKey", Answer: "Object", IsAdmin: true),
        new("DELETE", "/keys/{id}", "revokeKey", "Revoke a key", "Refused everywhere within five seconds; its record and usage stay.", Answer: "Object", IsAdmin: true),
        new("POST", "/keys/{id}/rotate", "rotateKey", "Rotate a key", "A new key at once; the old one stays valid for an overlap. The body may be left out.", Request: "Rotate", Answer: "KeyCreated", IsAdmin: true),
        new("GET", "/keys/{id}/usage", "getKeyUsage", "Usage of a key", "Query: from, to, groupBy.", Answer: "UsageReport", IsAdmin: true),
        new("GET", "/keys/{id}/events", "listKeyEvents", "Usage events of a key", "Each request as it was recorded. Query: limit, after.", Answer: "Object", IsAdmin: true),
        new("GET", "/keys/{id}/status", "getKeyStatus", "State of a key", "What is left of its limits and budget.", Answer: "Object", IsAdmin: true),
        new("GET", "/usage", "getUsage", "Usage", "Query: from, to, groupBy=any of key, team, organization, model, provider, day with commas; CSV with format=csv or Accept: text/csv.", Answer: "UsageReport", IsAdmin: true),
        new("POST", "/teams", "createTeam", "Create a team", "An account that keys belong to, with limits and a budget of its own.", Request: "CreateGroup", Answer: "Object", Status: 201, IsAdmin: true),
        new("GET", "/teams", "listTeams", "List teams", "Query: limit, after, parent.", Answer: "Object", IsAdmin: true),
        new("GET", "/teams/{id}", "getTeam", "Get a team", "Its limits, budget and state.", Answer: "Object", IsAdmin: true),
        new("PATCH", "/teams/{id}", "changeTeam", "Change a team", "Limits and budget; in force within seconds.", Request: "CreateGroup", Answer: "Object", IsAdmin: true),
        new("GET", "/teams/{id}/usage", "getTeamUsage", "Usage of a team", "Query: from, to, groupBy.", Answer: "UsageReport", IsAdmin: true),
        new("POST", "/organizations", "createOrganization", "Create an organisation", "An account that teams belong to.", Request: "CreateGroup", Answer: "Object", Status: 201, IsAdmin: true),
        new("GET", "/organizations", "listOrganizations", "List organisations", "Query: limit, after.", Answer: "Object", IsAdmin: true),
        new("GET", "/organizations/{id}", "getOrganization", "Get an organisation", "Its limits, budget and state.", Answer: "Object", IsAdmin: true),
        new("PATCH", "/organizations/{id}", "changeOrganization", "Change an organisation", "Limits and budget; in force within seconds.", Request: "CreateGroup", Answer: "Object", IsAdmin: true),
        new("GET", "/organizations/{id}/usage", "getOrganizationUsage", "Usage of an organisation", "Query: from, to, groupBy.", Answer: "UsageReport", IsAdmin: true),
        new("GET", "/reconciliation", "reconcile", "Reconciliation", "Whether the events of each account sum up to the movement of its balance. Query: keyId, or limit and after.", Answer: "Object", IsAdmin: true),
        new("GET", "/dead-letters", "listDeadLetters", "Dead letters", "Usage events that could not be taken, each with the reason. Query: limit, after.", Answer: "Object", IsAdmin: true),
        new("GET", "/dead-letters/{id}", "getDeadLetter", "Get a dead letter", "The event as it came, and why it was not taken.", Answer: "DeadLetter", IsAdmin: true),
        new("POST", "/dead-letters/{id}/replay", "replayDeadLetter", "Replay a dead letter", "Takes it again, or in its place the corrected event sent as the body; then it is gone.", Answer: "Object", IsAdmin: true),
        new("DELETE", "/dead-letters/{id}", "discardDeadLetter", "Discard a dead letter", "For what never was a usage event. It is counted nowhere.", Status: 204, IsAdmin: true),
        new("POST", "/dead-letters/replay", "replayDeadLetters", "Replay dead letters", "Takes them again; those that can be taken now are counted once.", Answer: "Object", IsAdmin: true),
    ];

    public static void Configure(OpenApiOptions options) =>
        options.AddDocumentTransformer((document, context, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Gateway",
                Version = "v1",
                Description = $"Messages are also served under {string.Join(", ", ApiEndpoints.Roots.Skip(1).Select(r => r + "/messages"))}.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
            foreach (var (name, schema) in ApiSchemas.All)
                document.Components.Schemas[name] = schema;
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
            document.Components.SecuritySchemes["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "x-api-key" };

            // Handlers on raw bytes are invisible to the explorer, so the paths come from the endpoints' own descriptions.
            var endpoints = context.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
            document.Paths = new OpenApiPaths();
            foreach (var endpoint in endpoints)
            {
                if (endpoint.Metadata.GetMetadata<ApiOperation>() is { } operation)
                    Add(document, "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{**", "{", StringComparison.Ordinal), operation);
            }

            return Task.CompletedTask;
        });

    public static void Describe(this IEndpointConventionBuilder endpoint, bool documented, ApiOperation operation)
    {
        if (documented)
            endpoint.WithMetadata(operation);
    }

    private static void Add(OpenApiDocument document, string path, ApiOperation operation)
    {
        var described = new OpenApiOperation
        {
            OperationId = operation.Id,
            Summary = operation.Summary,
            Description = operation.Description,
            Tags = new HashSet<OpenApiTagReference> { new(operation.IsAdmin ? "Admin" : "Anthropic API", document) },
            Responses = [],
            Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] },
            ],
        };
        if (path.Contains("{id}", StringComparison.Ordinal))
            described.Parameters = [new OpenApiParameter { Name = "id", In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } }];
        if (operation.Request is { } request)
            described.RequestBody = new OpenApiRequestBody { Required = operation.Id != "rotateKey", Content = Json(request, document) };

        var answer = new OpenApiResponse { Description = operation.Status == 204 ? "Done" : operation.Summary };
        if (operation.Answer is { } shape)
        {
            answer.Content = Json(shape, document);
            if (operation.Id == "createMessage")
                answer.Content["text/event-stream"] = new OpenApiMediaType { Example = JsonValue.Create("event: message_start\ndata: {…}\n\n") };
        }

        described.Responses[operation.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = answer;
        described.Responses["default"] = new OpenApiResponse
        {
            Description = operation.IsAdmin ? "Problem details" : "An error in Anthropic's form",
            Content = operation.IsAdmin ? Json("Problem", document, "application/problem+json") : Json("Error", document),
        };
        if (!document.Paths.TryGetValue(path, out var item))
            document.Paths[path] = item = new OpenApiPathItem { Operations = [] };
        item.Operations![new HttpMethod(operation.Method)] = described;
    }

    private static Dictionary<string, OpenApiMediaType> Json(string schema, OpenApiDocument document, string type = "application/json") =>
        new() { [type] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema, document) } };
}
