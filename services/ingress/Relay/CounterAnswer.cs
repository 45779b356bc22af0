using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Relay;

/// <summary>Whether an endpoint that is not Anthropic has a counter of tokens at all; that it has none is told in many ways.</summary>
internal static partial class CounterAnswer
{
    public static async Task<bool> IsMissingAsync(RouteOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome is RouteOutcome.Failed failed)
            return IsMissing(failed);
        if (outcome is not RouteOutcome.Answered { Response: var response })
            return false;
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        if (HasCount(await response.Content.ReadAsByteArrayAsync(cancellationToken)))
            return false;
        response.Dispose();
        return true;
    }

    /// <summary>
    /// An error in Anthropic's form counts by its status and words: a request may be wrong, and a model may be unknown. One in any other form is
    /// no counter's.
    /// </summary>
    private static bool IsMissing(RouteOutcome.Failed failed) => failed.Upstream switch
    {
        null => failed.Kind is ErrorKind.NotFound or ErrorKind.InvalidRequest or ErrorKind.ProviderError or ErrorKind.ProviderProtocol,
        { Status: 404 } => !failed.Message.Contains("model", StringComparison.OrdinalIgnoreCase),
        { Status: 405 or 410 or 501 } => true,
        { Status: 400 or 422 or 500 } => Lacks().IsMatch(failed.Message),
        _ => false,
    };

    private static bool HasCount(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, GatewayJson.ReaderOptions);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("input_tokens"u8, out var count) && count.ValueKind == JsonValueKind.Number && count.GetDouble() > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(
        "not (?:supported|implemented|available|found)|unsupported|unimplemented|(?:unknown|invalid|no such) (?:path|endpoint|url|uri|route|api|method)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Lacks();
}
