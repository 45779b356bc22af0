using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Reads what a provider says went wrong, in whatever form: <c>{"error":{…}}</c>, <c>{"error":"…"}</c>, <c>{"detail":…}</c>, <c>{"message":…}</c>, a
/// list, an event of a stream, text. An error that wraps another's, as a member, as JSON in a text or at the end of one, is read as the innermost: whoever
/// wraps an error knows less of it.
/// </summary>
public static partial class ErrorReader
{
    private const int MaxDepth = 8;
    private const int MaxTextBytes = 2_000;

    /// <summary>Members that hold another error.</summary>
    private static readonly string[] Wrappers =
    [
        "error", "errors", "detail", "response", "body", "data", "metadata", "raw", "cause", "innererror", "inner_error", "upstream_error",
        "provider_error", "original_error", "base_resp",
    ];

    private static readonly string[] Messages = ["message", "msg", "error_msg", "error_message", "status_msg", "reason", "title"];

    public static ProviderFailure Read(ProviderCall call, int status, ReadOnlyMemory<byte> body) => FailureRules.Of(call, Parse(body) with { Status = status });

    /// <summary>An error in a place where an answer was due, so without a status of its own.</summary>
    public static ProviderException InStream(ProviderCall call, ReadOnlySpan<byte> data) => new(FailureRules.Of(call, Parse(data.ToArray())));

    /// <summary>Whether a body that is no answer says at least what went wrong.</summary>
    public static bool IsError(ReadOnlySpan<byte> data) => data.TrimStart(" \r\n"u8).StartsWith("{"u8) && Parse(data.ToArray()) is { Message.Length: > 0 };

    private static ProviderFault Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
            return Read(json.RootElement, 0);
        }
        // The second: the name of a member has half a character, which is found only when members are looked for.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return OfText(Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, MaxTextBytes)]).Trim(), 0);
        }
    }

    private static ProviderFault Read(JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.Object when depth < MaxDepth => OfObject(value, depth),
        JsonValueKind.Array when depth < MaxDepth => OfList(value, depth),
        JsonValueKind.String => OfText(JsonText.Read(value), depth),
        _ => new ProviderFault(),
    };

    private static ProviderFault OfObject(JsonElement error, int depth)
    {
        var code = Text(error, "code") ?? Text(error, "error_code") ?? Text(error, "status_code");
        var words = Messages.Select(name => Text(error, name)).FirstOrDefault(m => !string.IsNullOrEmpty(m)) ?? "";
        var own = OfText(words, depth + 1);
        var fault = own with
        {
            Type = own.Type ?? Text(error, "type") ?? (Text(error, "status") is { } name && StatusName().IsMatch(name) ? name : null),
            Code = own.Code ?? code,
            Fields = Text(error, "param") is { Length: > 0 } param ? [param] : Location(error) is { } place ? [place] : own.Fields,
            // OpenRouter and others put the upstream's status into the code.
            Status = own.Status ?? (int.TryParse(code, out var status) || int.TryParse(Text(error, "status"), out status) ? status : null),
            PromptTokens = Number(error, "n_prompt_tokens") ?? own.PromptTokens,
            ContextTokens = Number(error, "n_ctx") ?? own.ContextTokens,
        };
        if (fault.Status is not (>= 400 and < 600))
            fault = fault with { Status = null };
        foreach (var wrapper in Wrappers)
        {
            if (error.TryGetProperty(wrapper, out var inner) && (inner.ValueKind != JsonValueKind.String || wrapper is "error" or "detail" or "raw"))
                fault = Within(fault, Read(inner, depth + 1), isName: inner.ValueKind == JsonValueKind.String && wrapper == "error");
        }

        return error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array ? WithDetails(fault, details) : fault;
    }

    /// <summary>What the inner error says counts; what it leaves open, the outer one may know.</summary>
    /// <param name="isName">A text beside a message, which is the better one: "Bad Request".</param>
    private static ProviderFault Within(ProviderFault outer, ProviderFault inner, bool isName)
    {
        if (isName && outer.Message.Length > 0 && inner is { Code: null, Type: null })
            return outer;
        if (inner.Message.Length == 0 && outer.Message.Length > 0)
            return outer with { Code = outer.Code ?? inner.Code, Type = outer.Type ?? inner.Type };
        return new ProviderFault
        {
            Message = inner.Message.Length > 0 ? inner.Message : outer.Message,
            Type = inner.Type ?? outer.Type,
            Code = inner.Code ?? outer.Code,
            Fields = inner.Fields.Count > 0 ? inner.Fields : outer.Fields,
            Status = outer.Status ?? inner.Status,
            PromptTokens = inner.PromptTokens ?? outer.PromptTokens,
            ContextTokens = inner.ContextTokens ?? outer.ContextTokens,
            RetryAfterSeconds = inner.RetryAfterSeconds ?? outer.RetryAfterSeconds,
        };
    }

    /// <summary>The first error of a list; of a validator's list, what it says of all fields.</summary>
    private static ProviderFault OfList(JsonElement list, int depth)
    {
        ProviderFault? first = null;
        foreach (var item in list.EnumerateArray())
        {
            var fault = Read(item, depth + 1);
            if (fault.Message.Length == 0)
                continue;
            if (first is null)
                first = fault;
            else if (fault.Fields.Count > 0 && fault.Type == first.Type)
                first = first with { Fields = [.. first.Fields, .. fault.Fields] };
        }

        return first is { Fields.Count: > 0, Code: null, Type: not null }
            ? first with { Message = $"{string.Join(", ", first.Fields)}: {first.Message}", Code = first.Type }
            : first ?? new ProviderFault();
    }

    private static ProviderFault OfText(string text, int depth)
    {
        // A page of HTML from a proxy helps nobody.
        if (text.StartsWith('<') && Page().IsMatch(text))
            return new ProviderFault();
        if (depth < MaxDepth && text.IndexOf('{') is >= 0 and var start && text.LastIndexOf('}') is var end && end > start)
        {
            try
            {
                using var json = JsonDocument.Parse(text.AsMemory(start, end + 1 - start), GatewayJson.DocumentOptions);
                if (Read(json.RootElement, depth + 1) is { Message.Length: > 0 } inner)
                    return inner;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // As Python prints it.
                if (PythonMessage().Match(text) is { Success: true } quoted)
                    return new ProviderFault { Message = quoted.Groups.Values.Skip(1).First(g => g.Success).Value };
            }
        }

        return new ProviderFault { Message = text };
    }

    /// <summary>Google's: why, and how long to wait. https://ai.google.dev/gemini-api/docs/troubleshooting</summary>
    private static ProviderFault WithDetails(ProviderFault fault, JsonElement details)
    {
        foreach (var detail in details.EnumerateArray().Where(d => d.ValueKind == JsonValueKind.Object))
        {
            // A wrong key of ours is a 400 here; it is not the client's (rule E122).
            if (Text(detail, "reason") is "API_KEY_INVALID" or "API_KEY_SERVICE_BLOCKED" or "ACCESS_TOKEN_EXPIRED")
                fault = fault with { Code = "invalid_api_key" };
            if (Text(detail, "retryDelay") is { } delay && Seconds(delay) is { } wait)
                fault = fault with { RetryAfterSeconds = wait };
        }

        return fault;
    }

    /// <summary>A validator's path: <c>["body", "messages", 0, "name"]</c>.</summary>
    private static string? Location(JsonElement error) =>
        error.TryGetProperty("loc", out var steps) && steps.ValueKind == JsonValueKind.Array
            ? string.Join('.', steps.EnumerateArray().Select(JsonText.Read).SkipWhile(s => s == "body"))
            : null;

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? JsonText.Read(value) : null;

    private static long? Number(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>Google's durations: <c>22s</c>, <c>3.5s</c>.</summary>
    private static int? Seconds(string duration) =>
        duration.EndsWith('s')
            && double.TryParse(duration.AsSpan(0, duration.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? (int)Math.Ceiling(seconds)
            : null;

    [GeneratedRegex("^[A-Z_]+$")]
    private static partial Regex StatusName();

    [GeneratedRegex(@"^<(?:!doctype|html|head|body|\?xml|h\d|center)", RegexOptions.IgnoreCase)]
    private static partial Regex Page();

    [GeneratedRegex(@"'message': (?:'((?:[^'\\]|\\.)+)'|""((?:[^""\\]|\\.)+)"")")]
    private static partial Regex PythonMessage();
}
