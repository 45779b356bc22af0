using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// Reads Google's error bodies: <c>{"error": {"code", "message", "status", "details"}}</c>, also as a list of one and inside a stream.
/// https://ai.google.dev/gemini-api/docs/troubleshooting
/// </summary>
internal static partial class ErrorReader
{
    public static ProviderFailure Read(ProviderCall call, int status, ReadOnlyMemory<byte> body)
    {
        var (fault, retry) = Parse(body, status);
        var failure = FailureRules.Of(call, fault) with { RetryAfterSeconds = retry };
        return failure.Kind == ErrorKind.InvalidRequest && Remedy(call, failure.Message) is { } remedy ? failure with { Remedy = remedy } : failure;
    }

    /// <summary>An error object in a place where an answer was due.</summary>
    public static GatewayException InStream(ProviderCall call, ReadOnlySpan<byte> data)
    {
        var (fault, retry) = Parse(data.ToArray(), null);
        var failure = FailureRules.Of(call, fault);
        return new GatewayException(failure.Kind, failure.Message) { RetryAfterSeconds = retry };
    }

    private static (ProviderFault Fault, int? RetryAfterSeconds) Parse(ReadOnlyMemory<byte> body, int? status)
    {
        try
        {
            using var json = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
                root = root[0];
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                return Parse(error, status);
        }
        catch (JsonException)
        {
            // A proxy's page: the status says all there is to know.
        }

        return (new ProviderFault { Message = "", Status = status }, null);
    }

    private static (ProviderFault Fault, int? RetryAfterSeconds) Parse(JsonElement error, int? status)
    {
        var message = error.TryGetProperty("message", out var words) && words.ValueKind == JsonValueKind.String ? JsonText.Read(words) : "";
        if (error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
            && number is >= 400 and < 600)
            status ??= number;
        int? retry = null;
        foreach (var detail in Details(error))
        {
            // A wrong key of ours is a 400 here; it is not the client's (rule E122).
            if (Text(detail, "reason") is "API_KEY_INVALID" or "API_KEY_SERVICE_BLOCKED" or "ACCESS_TOKEN_EXPIRED")
                status = 401;
            if (Text(detail, "retryDelay") is { } delay)
                retry = Seconds(delay) ?? retry;
        }

        var fault = new ProviderFault
        {
            Message = message,
            Status = status,
            Type = Text(error, "status"),
            // Out of credit is told like any other 429, but no waiting helps (rule E127).
            Code = message.Contains("prepayment credits are depleted", StringComparison.OrdinalIgnoreCase) ? "insufficient_quota" : null,
        };
        return (fault, retry);
    }

    private static IEnumerable<JsonElement> Details(JsonElement error) =>
        error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array
            ? details.EnumerateArray().Where(d => d.ValueKind == JsonValueKind.Object)
            : [];

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? JsonText.Read(value) : null;

    /// <summary>Google's durations: <c>22s</c>, <c>3.5s</c>.</summary>
    private static int? Seconds(string duration) =>
        duration.EndsWith('s')
            && double.TryParse(duration.AsSpan(0, duration.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? (int)Math.Ceiling(seconds)
            : null;

    private static Adjustments? Remedy(ProviderCall call, string message)
    {
        if (MaxTokens().Match(message) is { Success: true } limit
            && int.TryParse(limit.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var exclusive)
            && exclusive - 1 != call.Adjustments.MaxTokens)
        {
            return call.Adjustments with { MaxTokens = exclusive - 1 };
        }

        // An API version that does not know a field yet: 'Unknown name "parametersJsonSchema" at 'tools[0].function_declarations[0]': Cannot find field.'
        if (UnknownName().Match(message) is { Success: true } unknown && call.Allows(unknown.Groups[1].Value))
            return call.Adjustments with { Without = call.Adjustments.Without.Add(unknown.Groups[1].Value) };

        // "Budget 0 is invalid. This model only works in thinking mode.", "Thinking level is not supported for this model."
        var field = ThinkingLevel().IsMatch(message) ? "thinkingLevel" : ThinkingBudget().IsMatch(message) ? "thinkingBudget" : null;
        if (field is null && Thinking().IsMatch(message))
            field = "thinkingConfig";
        return field is null || !call.Allows(field) ? null : call.Adjustments with { Without = call.Adjustments.Without.Add(field) };
    }

    [GeneratedRegex(@"maxOutputTokens value of \d+ but the supported range is from \d+ \(inclusive\) to (\d+) \(exclusive\)")]
    private static partial Regex MaxTokens();

    [GeneratedRegex(@"Unknown name ""(parametersJsonSchema|responseJsonSchema|thinkingConfig|thinkingLevel|id)""")]
    private static partial Regex UnknownName();

    [GeneratedRegex(@"thinking[ _]?level.*not supported|(?:unsupported|invalid).*thinking[ _]?level", RegexOptions.IgnoreCase)]
    private static partial Regex ThinkingLevel();

    [GeneratedRegex(@"\bbudget -?\d+ is invalid|thinking[ _]?budget.*(?:invalid|not supported|out of range|supported values)", RegexOptions.IgnoreCase)]
    private static partial Regex ThinkingBudget();

    [GeneratedRegex(@"thinking.*not supported|does not support thinking", RegexOptions.IgnoreCase)]
    private static partial Regex Thinking();
}
