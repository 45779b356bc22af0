using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Hosting;

/// <summary>
/// What every OpenAPI document here says beyond endpoints, types and their doc comments: how to authenticate, that the calls go to where the
/// document came from, that money is a string, and a whole example for each body, put together from the <c>example</c> tags of the types.
/// </summary>
public static class OpenApiDefaults
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";
    private const int MaxDepth = 6;
    private const string NamesKey = "gateway-names";
    private const string DecimalPattern = @"^-?[0-9]+(\.[0-9]+)?$";

    /// <param name="options">The document's options; added after its own transformers.</param>
    /// <param name="title">The document's title.</param>
    /// <param name="description">What is common to all calls.</param>
    /// <param name="key">What the credential is.</param>
    public static void AddDefaults(this OpenApiOptions options, string title, string description, string key)
    {
        options.AddSchemaTransformer(DescribeMoney);
        options.AddOperationTransformer(NameRoles);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = title, Version = "v1", Description = description };
            document.Servers = [new OpenApiServer { Url = "/" }];
            AddSecurity(document, key);
            foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations!.Values))
                AddExamples(operation);
            return Task.CompletedTask;
        });
    }

    /// <summary>
    /// Members of the types of one namespace are named by <paramref name="policy"/>: they are written by a serializer of their own, and not by
    /// the one that answers of endpoints otherwise go through, whose names the schema shows.
    /// </summary>
    public static void NameMembers(this OpenApiOptions options, string @namespace, JsonNamingPolicy policy)
    {
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // Only noted here: the members' own transformers come after this one and look for them by their first names.
            if (context.JsonTypeInfo.Type.Namespace == @namespace)
                (schema.Metadata ??= new Dictionary<string, object>())[NamesKey] = NamesBy(policy, context.JsonTypeInfo);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            foreach (var schema in document.Components?.Schemas?.Values.OfType<OpenApiSchema>() ?? [])
            {
                if (schema.Metadata?.Remove(NamesKey, out var names) == true)
                    Rename(schema, (Dictionary<string, string>)names);
            }

            return Task.CompletedTask;
        });
    }

    private static Dictionary<string, string> NamesBy(JsonNamingPolicy policy, JsonTypeInfo type) => type.Properties
        .Where(p => p.AttributeProvider is MemberInfo member && !member.IsDefined(typeof(JsonPropertyNameAttribute)))
        .ToDictionary(p => p.Name, p => policy.ConvertName(((MemberInfo)p.AttributeProvider!).Name));

    private static void Rename(OpenApiSchema schema, Dictionary<string, string> names)
    {
        schema.Properties = schema.Properties?.ToDictionary(m => names.GetValueOrDefault(m.Key, m.Key), m => m.Value);
        schema.Required = schema.Required?.Select(name => names.GetValueOrDefault(name, name)).ToHashSet();
    }

    /// <summary>Who may make a call of the admin API: <c>x-roles</c>.</summary>
    private static Task NameRoles(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AdminRule>().LastOrDefault() is not { } rule)
            return Task.CompletedTask;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-roles"] = new JsonNodeExtension(new JsonArray([.. rule.Roles.Select(role => (JsonNode)AdminRoles.Name(role))]));
        return Task.CompletedTask;
    }

    /// <summary>Decimals are written as strings where the type says so, which the schema of a number does not show.</summary>
    private static Task DescribeMoney(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonPropertyInfo?.NumberHandling is not { } handling || !handling.HasFlag(JsonNumberHandling.WriteAsString))
            return Task.CompletedTask;
        if (schema.AdditionalProperties is not null)
        {
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = DecimalPattern };
        }
        else
        {
            schema.Type = JsonSchemaType.String | (schema.Type & JsonSchemaType.Null);
            schema.Pattern = DecimalPattern;
            schema.Format = null;
        }

        return Task.CompletedTask;
    }

    private static void AddSecurity(OpenApiDocument document, string key)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = key },
            ["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "x-api-key", Description = key },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] },
        ];
    }

    private static void AddExamples(OpenApiOperation operation)
    {
        if (operation.RequestBody?.Content?.TryGetValue(Json, out var request) == true)
            request.Example ??= Example(request.Schema);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response.Content?.TryGetValue(Json, out var answer) == true)
                answer.Example ??= Example(answer.Schema);
            if (response.Content?.TryGetValue(ProblemJson, out var problem) == true)
                problem.Example ??= Problem(int.Parse(status, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A whole value out of the examples that the members give; a member without one is left out.</summary>
    /// <param name="schema">What it is an example of.</param>
    /// <param name="depth">How far inside: a type that holds itself has no end.</param>
    private static JsonNode? Example(IOpenApiSchema? schema, int depth = 0)
    {
        if (schema is null || depth > MaxDepth)
            return null;
        if (schema.Examples is [var given, ..])
            return given.DeepClone();
        if (schema.OneOf is { Count: > 0 } choices)
            return Example(choices.FirstOrDefault(c => c.Type != JsonSchemaType.Null), depth + 1);
        if (schema.Items is { } items)
            return Example(items, depth + 1) is { } item ? new JsonArray(item) : new JsonArray();
        if (schema.Properties is not { Count: > 0 } members)
            return null;
        var whole = new JsonObject();
        foreach (var (name, member) in members)
        {
            if (Example(member, depth + 1) is { } value)
                whole[name] = value;
        }

        return whole.Count > 0 ? whole : null;
    }

    private static JsonObject Problem(int status)
    {
        var problem = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = status switch
            {
                400 => "The request has mistakes; errors names the fields.",
                401 => "Admin key required",
                404 => "There is no such key.",
                409 => "The key has been revoked.",
                _ => "Billing cannot be reached",
            },
            ["status"] = status,
        };
        if (status == 400)
            problem["errors"] = new JsonObject { ["limits.requestsPerMinute"] = new JsonArray("A whole number.") };
        return problem;
    }
}
