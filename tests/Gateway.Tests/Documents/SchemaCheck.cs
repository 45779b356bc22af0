using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Gateway.Tests.Documents;

/// <summary>Values held against a JSON Schema, formats included.</summary>
internal static class SchemaCheck
{
    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    /// <summary>What does not fit, with its place; empty when all does.</summary>
    public static IReadOnlyList<string> Mistakes(JsonSchema schema, JsonNode? value)
    {
        var result = schema.Evaluate(JsonSerializer.SerializeToElement(value), Options);
        if (result.IsValid)
            return [];
        var errors = (result.Details ?? [])
            .Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Key} {e.Value}"))
            .ToList();
        return errors.Count > 0 ? errors : ["it does not fit"];
    }
}
