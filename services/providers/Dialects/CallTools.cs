using System.Text.Json;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>The tools a request is sent with, where they are not just the client's own.</summary>
internal static class CallTools
{
    private static readonly RawValue NoParameters = new("""{"type":"object","properties":{}}"""u8.ToArray());

    /// <summary>
    /// A tool whose arguments are the answer, for models that can't be held to a JSON schema in any other way (rule E100). Null where it is
    /// not needed, where no tool can be forced, and where the answer will be a call of the client's tools anyway.
    /// </summary>
    public static Tool? ForSchema(ProviderCall call)
    {
        var request = call.Request;
        if (call.SupportsJsonSchema || call.Has(Quirk.NoForcedTools) || call.Model?.Capabilities?.Tools == false || call.AnswersByTool)
            return null;
        // The arguments of a call are always an object.
        var schema = request.OutputSchema.Parse();
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type"u8, out var type) || !type.ValueEquals("object"u8))
            return null;
        var name = "structured_answer";
        while (request.Tools.Any(t => t.Name == name))
            name += "_";
        return new Tool(
            name, "Gives the answer to the user. Call it exactly once, with the whole answer as its arguments.", request.OutputSchema,
            Strict: false, Cache: null);
    }

    /// <summary>Tools that were called earlier in a conversation that now has none, for providers that refuse such a history (rule E67).</summary>
    public static IReadOnlyList<Tool> OfHistory(MessagesRequest request) =>
    [
        .. request.Messages.SelectMany(m => m.Content).OfType<ContentBlock.ToolUse>().Select(c => c.Name).Distinct(StringComparer.Ordinal)
            .Select(name => new Tool(name, "Was available earlier in the conversation.", NoParameters, Strict: false, Cache: null)),
    ];
}
