using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>Reads a Messages request strictly: what is wrong is a 400 that names the field, what can't be kept is noted.</summary>
public static partial class RequestParser
{
    /// <param name="body">The whole body; the request keeps referring to it.</param>
    /// <param name="counting">A count_tokens request needs no <c>max_tokens</c> (rule E151).</param>
    /// <param name="version">The <c>anthropic-version</c> in force; the older one where nothing is said.</param>
    public static MessagesRequest Parse(ReadOnlyMemory<byte> body, bool counting = false, string? version = null)
    {
        var request = new MessagesRequest(ParseJson(body));
        try
        {
            Fill(request, counting);
            if (version == ApiVersions.V2026)
                CheckNewer(Field.Root(request.Root)["messages"]);
            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    private static JsonIndex ParseJson(ReadOnlyMemory<byte> body)
    {
        var mark = "\uFEFF"u8;
        if (body.Span.StartsWith(mark))
            body = body[mark.Length..];
        if (!Utf8.IsValid(body.Span))
            throw GatewayException.Invalid("The request body is not valid UTF-8.");
        try
        {
            return new JsonIndex(body);
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.InvalidRequest, $"The request body is not valid JSON: {e.Message}", e);
        }
    }

    private static void Fill(MessagesRequest request, bool counting)
    {
        var root = Field.Root(request.Root);
        ApplyPolicy(root, request.Dropped);

        request.Stream = root["stream"].BoolOr(false);
        request.MaxTokens = MaxTokens(root["max_tokens"], counting);
        // Anthropic's own goes up to 1; beyond it is the provider's business, and no provider's goes beyond 2 (rule E112).
        request.Temperature = InRange(root["temperature"], 0, 2);
        request.TopP = InRange(root["top_p"], 0, 1);
        request.TopK = root["top_k"].IntOrNull();
        request.StopSequences = root["stop_sequences"].IsAbsent ? [] : [.. root["stop_sequences"].Items().Select(s => s.String())];
        request.Cache = Cache(root, request.Dropped);
        request.Thinking = Thinking(root["thinking"], request.Dropped);
        ReadMetadata(root["metadata"], request);
        ReadOutput(root, request);
        var tools = ToolsOf(root["tools"], request.Dropped);
        request.System = System(root["system"], request.Dropped);
        request.Messages = Messages(root["messages"], request, tools);
        request.ToolChoice = ToolChoice(root["tool_choice"], tools, request.Dropped);
        request.Tools = tools.Offered();
        request.HasWebTools = request.Tools.Any(static t => t.Web is not null);
    }

    private static void ApplyPolicy(Field root, DroppedFields dropped)
    {
        foreach (var member in root.Value)
        {
            if (member.IsNamed(FieldPolicy.Understood) || member.Kind == JsonValueKind.Null)
                continue;
            var name = member.Name;
            var field = root[name];
            if (FieldPolicy.Refused.TryGetValue(name, out var why))
            {
                if (field.Kind != JsonValueKind.Array || field.HasItems)
                {
                    var refusal = field.Error($"Not supported for this model: {why}");
                    throw FieldPolicy.Codes.TryGetValue(name, out var code) ? new GatewayException(refusal.Kind, refusal.Message) { Code = code } : refusal;
                }

                continue;
            }

            if (FieldPolicy.Defaults.TryGetValue(name, out var usual) && field.Kind == JsonValueKind.String && field.String() == usual)
                continue;
            dropped.Add(name);
        }
    }

    private static int? MaxTokens(Field field, bool counting)
    {
        if (counting && field.IsAbsent)
            return null;
        if (field.IsAbsent)
            field.Missing();
        return field.IntOrNull() switch
        {
            // Anthropic warms its prompt cache with 0; no other provider has such a call (contract C7).
            0 => throw field.Error("0 (warming the cache) is not supported for this model. Use 1 or more"),
            < 0 => throw field.Error("Input should be greater than or equal to 1"),
            var value => value,
        };
    }

    private static double? InRange(Field field, double least, double most)
    {
        var value = field.NumberOrNull();
        return value is null || (value >= least && value <= most)
            ? value
            : throw field.Error(FormattableString.Invariant($"Input should be between {least} and {most}"));
    }

    private static ThinkingOptions Thinking(Field field, DroppedFields dropped)
    {
        if (field.IsAbsent)
            return ThinkingOptions.None;
        var omitted = field.Object()["display"].StringOrNull() == "omitted";
        DropOthers(field, "thinking", dropped, "type", "budget_tokens", "display");
        switch (field["type"].String())
        {
            case "disabled":
                return new ThinkingOptions(ThinkingMode.Disabled, null, false);
            case "adaptive" or "between_tools":
                return new ThinkingOptions(ThinkingMode.Adaptive, null, omitted);
            case "enabled":
                var budget = field["budget_tokens"];
                if (budget.IsAbsent)
                    budget.Missing();
                if (budget.IntOrNull() < 1024)
                    throw budget.Error("Input should be greater than or equal to 1024");
                return new ThinkingOptions(ThinkingMode.Enabled, budget.IntOrNull(), omitted);
            default:
                throw field["type"].Wrong("'enabled', 'disabled', 'adaptive' or 'between_tools'");
        }
    }

    private static void ReadMetadata(Field field, MessagesRequest request)
    {
        if (field.IsAbsent)
            return;
        foreach (var (name, _) in field.Object().Members())
        {
            // Tags are the gateway's own, and no more than an object or a list to whoever reads them.
            if (name == "user_id")
                request.UserId = field[name].StringOrNull();
            else if (name != "tags")
                request.Dropped.Add($"metadata.{name}");
        }
    }

    private static void ReadOutput(Field root, MessagesRequest request)
    {
        var config = root["output_config"];
        if (!config.IsAbsent)
        {
            foreach (var (name, member) in config.Object().Members())
            {
                if (member.IsAbsent)
                    continue;
                if (name == "effort")
                    request.Effort = Effort(member);
                else if (name == "format")
                    request.OutputSchema = Schema(member, request.Dropped);
                else
                    request.Dropped.Add($"output_config.{name}");
            }
        }

        // The old beta name of output_config.format.
        if (!root["output_format"].IsAbsent)
            request.OutputSchema = Schema(root["output_format"], request.Dropped);
    }

    private static string Effort(Field field)
    {
        var effort = field.String();
        return effort is "low" or "medium" or "high" or "xhigh" or "max" ? effort : throw field.Wrong("'low', 'medium', 'high', 'xhigh' or 'max'");
    }

    private static RawValue Schema(Field format, DroppedFields dropped)
    {
        if (format.Object()["type"].String() != "json_schema")
            throw format["type"].Wrong("'json_schema'");
        DropOthers(format, "output_config.format", dropped, "type", "schema");
        return format["schema"].Object().Value.Raw;
    }

    /// <summary>Members that no other provider knows are not sent to any (rule E106).</summary>
    private static CacheControl? Cache(Field owner, DroppedFields dropped)
    {
        var field = owner["cache_control"];
        if (field.IsAbsent)
            return null;
        DropOthers(field.Object(), "cache_control", dropped, "type", "ttl");
        return new CacheControl(field["ttl"].StringOrNull() ?? "5m");
    }

    /// <summary>Notes what an object has beyond what is understood: sets of members are open everywhere.</summary>
    private static void DropOthers(Field owner, string name, DroppedFields dropped, params ReadOnlySpan<string> understood)
    {
        foreach (var member in owner.Value)
        {
            if (member.Kind != JsonValueKind.Null && !member.IsNamed(understood))
                dropped.Add($"{name}.{member.Name}");
        }
    }
}
