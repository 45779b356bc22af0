using System.ComponentModel.DataAnnotations;

namespace Gateway.AdminConsole;

/// <summary>The console's own settings.</summary>
internal sealed record ConsoleOptions
{
    private const string Place = "{trace}";

    /// <summary>How long somebody stays signed in.</summary>
    [ConfigurationKeyName("GATEWAY_CONSOLE_SESSION_HOURS"), Range(0.01, 720)]
    public double SessionHours { get; init; } = 12;

    /// <summary>Where a trace is shown, <c>https://jaeger.example/trace/{trace}</c>.</summary>
    [ConfigurationKeyName("GATEWAY_CONSOLE_TRACE_URL"), RegularExpression(@"https?://\S*\{trace\}\S*",
        ErrorMessage = "a URL that has {{trace}} in it, as in https://jaeger.example/trace/{{trace}}")]
    public string? TraceUrl { get; init; }

    /// <summary>Null where nobody has said.</summary>
    public string? TraceLink(string traceId) => TraceUrl?.Replace(Place, Uri.EscapeDataString(traceId), StringComparison.Ordinal);
}
