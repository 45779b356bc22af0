using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Billing.Admin;

/// <summary>
/// The OpenAPI document of the admin API. Paths, shapes and texts come from the endpoints, their types and their doc comments; what these cannot
/// say is added here: what the query parameters look like that are read as text, and the other form of a report.
/// </summary>
internal static class AdminDocument
{
    public const string Name = "admin";

    /// <summary>The parameters that many calls share, or that one call takes as a group. Any other is described where its handler takes it.</summary>
    private static readonly Dictionary<string, (string Description, JsonNode Example, OpenApiSchema Schema)> SharedParameters = new()
    {
        ["limit"] = ("How many at most.", 20, new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Minimum = "1",
            Maximum = PageQuery.MaxLimit.ToString(CultureInfo.InvariantCulture),
            Default = PageQuery.DefaultLimit,
        }),
        ["after"] = ("The `nextAfter` of the page before; without it, the first page.", "key_4QmVXb2s", Text()),
        ["listRules.after"] = ("The `nextAfter` of the page before; without it, the first page.", "rule:8sKq2Ld0", Text()),
        ["listRuleAccounts.after"] = ("The `nextAfter` of the page before; without it, the first page.", "100", Text()),
        ["listAccessGroups.after"] = ("The `nextAfter` of the page before; without it, the first page.", "fast", Text()),
        [IdempotencyKey.Header] = (
            "What the call is known by for a day: sent again with the same body, it makes nothing, and is answered with what it has made, and "
                + "`Idempotent-Replayed: true`.",
            "0b6f2a52-3c1e-4a8e-9a57-5a5e8d1f5b10",
            Text()),
        ["listEvents.after"] = (
            "The `nextAfter` of the page before, or the `id` of an event of the stream; without it, the first event that is kept.",
            "1.0_0.0_0.0_2.1_0.0_0.0_0.0_0.0_4.0",
            Text()),
        ["listEvents.keyId"] = ("Only this key's.", "key_4QmVXb2s", Text()),
        ["listEvents.teamId"] = ("Only this team's.", "team:7FhXk2Qp", Text()),
        ["listEvents.model"] = ("Only of this model, by its id in the catalog.", "anthropic/claude-sonnet-4.5", Text()),
        ["listEvents.provider"] = ("Only of this provider.", "anthropic", Text()),
        ["listEvents.outcome"] = ("Only what ended so.", "completed", Text("^(completed|error|cancelled|truncated)$")),
        ["listEvents.types"] = (
            "Which types of event, separated by commas; without it, those of usage. Others come as `notices`.",
            "gateway.usage.recorded.v1,gateway.requests.refused.v1",
            Text()),
        ["from"] = ("The first day (UTC), or a time whose UTC day is meant; without it, the first of the last day's month.", "2026-11-01", Text()),
        ["to"] = ("The last day (UTC), included; without it, today. At most three years at once.", "2026-11-29", Text()),
        ["groupBy"] = (
            "Any of key, team, organization, model, provider and day, separated by commas; of the first three one at a time.",
            "day,model",
            Text(@"^\s*((key|team|organization|model|provider|day)\s*(,\s*|$))*$")),
        ["format"] = ("csv or json; without it, what the header Accept asks for, and else json.", "json", Text("^([cC][sS][vV]|[jJ][sS][oO][nN])$")),
    };

    public static void Configure(OpenApiOptions options)
    {
        options.NameMembers(typeof(UsageEvent).Namespace!, JsonNamingPolicy.SnakeCaseLower);
        options.ShouldInclude = description => $"/{description.RelativePath}".StartsWith(InternalRoutes.Admin, StringComparison.Ordinal);
        options.AddOperationTransformer(DescribeParameters);
        options.AddDefaults(
            "Admin API",
            "Keys, teams and organisations with their limits and budgets, and what was used. Errors are problem details (RFC 9457). "
                + "Times are RFC 3339, days are UTC, money is a decimal string beside its currency.",
            "The admin key.");
    }

    private static Task DescribeParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (!SharedParameters.TryGetValue($"{operation.OperationId}.{parameter.Name}", out var shared)
                && !SharedParameters.TryGetValue(parameter.Name!, out shared))
                continue;
            parameter.Description = shared.Description;
            parameter.Example = shared.Example.DeepClone();
            parameter.Schema = shared.Schema;
            if (parameter.Name == "format")
                operation.Responses!["200"].Content!["text/csv"] = Csv();
        }

        // Anything is taken as JSON, but JSON is what to send.
        operation.RequestBody?.Content?.Remove("*/*");
        return Task.CompletedTask;
    }

    private static OpenApiMediaType Csv() => new()
    {
        Schema = Text(),
        Example = "model,requests,input_tokens,output_tokens,cache_creation_input_tokens,cache_read_input_tokens,cost,currency,unpriced_requests\r\n"
            + "anthropic/claude-sonnet-4.5,2,1200,450,0,0,0.01035,USD,0\r\n",
    };

    private static OpenApiSchema Text(string? pattern = null) => new() { Type = JsonSchemaType.String, Pattern = pattern };
}
