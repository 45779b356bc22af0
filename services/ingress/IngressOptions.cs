using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Otlp;

namespace Gateway.Ingress;

/// <summary>Ingress's settings.</summary>
internal sealed record IngressOptions
{
    private readonly FrozenDictionary<string, UsageExtras>? _extras = UsageExtrasByPath.OfDefault;

    /// <summary>How long a stream may be silent before a ping. Clients give up after 300 seconds of silence.</summary>
    [ConfigurationKeyName("GATEWAY_PING_SECONDS"), Range(0.01, 300)]
    public double PingSeconds { get; init; } = 10;

    /// <summary>What a request must have beyond what it needs.</summary>
    [ConfigurationKeyName("GATEWAY_PROFILE")]
    public ApiProfile Profile { get; init; }

    /// <summary>What becomes of the requests of limited keys while accounts cannot be reached.</summary>
    [ConfigurationKeyName("GATEWAY_QUOTA_UNAVAILABLE")]
    public QuotaOutage QuotaUnavailable { get; init; }

    /// <summary>Where usage events wait until they are published.</summary>
    [ConfigurationKeyName("GATEWAY_OUTBOX")]
    public string OutboxDirectory { get; init; } = Path.Combine(".gateway", "outbox");

    /// <summary>An event is on the disk, not only with the operating system, before the client sees the end.</summary>
    [ConfigurationKeyName("GATEWAY_OUTBOX_SYNC")]
    public bool OutboxSync { get; init; }

    /// <summary>
    /// How many events of one key go to the topic in one call, beside those of other keys. With 1 they come in order wherever they go. More keep that
    /// order only where the sidecar does, as the local runtime's: Dapr may send what comes in one call side by side.
    /// </summary>
    [ConfigurationKeyName("GATEWAY_OUTBOX_AHEAD"), Range(1, 1000)]
    public int PublishAhead { get; init; } = 1;

    /// <summary>How many keys have metrics of their own; those of the others are one, by the name of <c>other</c>.</summary>
    [ConfigurationKeyName("GATEWAY_METRICS_KEYS"), Range(0, 10_000)]
    public int MetricsKeys { get; init; } = 100;

    /// <summary>Writes the texts of providers' errors into the log. They may repeat what a client has sent.</summary>
    [ConfigurationKeyName("GATEWAY_LOG_ERROR_TEXTS")]
    public bool LogErrorTexts { get; init; }

    /// <summary>Bodies that are held at a time, in MiB.</summary>
    [ConfigurationKeyName("GATEWAY_BODY_BUDGET_MB"), Range(40, 1_000_000)]
    public int BodyBudgetMb { get; init; } = 512;

    /// <summary>Those of one key.</summary>
    [ConfigurationKeyName("GATEWAY_KEY_BODY_BUDGET_MB"), Range(40, 1_000_000)]
    public int KeyBodyBudgetMb { get; init; } = 256;

    /// <summary>Requests that wait for limits at a time.</summary>
    [ConfigurationKeyName("GATEWAY_QUEUE_REQUESTS"), Range(0, 1_000_000)]
    public int QueueRequests { get; init; } = 1000;

    /// <summary>Those of one key.</summary>
    [ConfigurationKeyName("GATEWAY_KEY_QUEUE_REQUESTS"), Range(0, 1_000_000)]
    public int KeyQueueRequests { get; init; } = 100;

    /// <summary>How long a body may take to arrive, however steadily.</summary>
    [ConfigurationKeyName("GATEWAY_BODY_SECONDS"), Range(0.1, 3600)]
    public double BodySeconds { get; init; } = 300;

    /// <summary>How long a client may take nothing of what is sent to it.</summary>
    [ConfigurationKeyName("GATEWAY_WRITE_SECONDS"), Range(0.1, 3600)]
    public double WriteSeconds { get; init; } = 60;

    /// <summary>On which paths answers have more in their <c>usage</c> than Anthropic's members.</summary>
    [ConfigurationKeyName("GATEWAY_USAGE_EXTRAS"), UsageExtrasByPath.Form]
    public string UsageExtras
    {
        get;
        init
        {
            field = value;
            _extras = UsageExtrasByPath.Read(value);
        }
    } = UsageExtrasByPath.Default;

    /// <summary>How long the model that judges tool calls may take, for requests with <c>safeguards</c>.</summary>
    [ConfigurationKeyName("GATEWAY_SAFEGUARDS_SECONDS"), Range(0.1, 300)]
    public double SafeguardsSeconds { get; init; } = 30;

    /// <summary>Whether there are the console's pages, and browsers are led to them.</summary>
    [ConfigurationKeyName("GATEWAY_CONSOLE")]
    public bool Console { get; init; } = true;

    /// <summary>An OTLP/HTTP collector that clients' telemetry goes on to; none: it is taken and goes nowhere.</summary>
    [ConfigurationKeyName("GATEWAY_TELEMETRY_ENDPOINT"), HttpAddress]
    public string? TelemetryEndpoint { get; init; }

    /// <summary>Which of it. Logs and traces can have commands and inputs of tools in them.</summary>
    [ConfigurationKeyName("GATEWAY_TELEMETRY_SIGNALS"), OtlpSignalsForm]
    public string TelemetrySignals { get; init; } = "metrics";

    public long BodyBytes => BodyBudgetMb * 1024L * 1024;

    public long KeyBodyBytes => KeyBodyBudgetMb * 1024L * 1024;

    public TimeSpan BodyLimit => TimeSpan.FromSeconds(BodySeconds);

    public TimeSpan WriteLimit => TimeSpan.FromSeconds(WriteSeconds);

    public TimeSpan SafeguardsLimit => TimeSpan.FromSeconds(SafeguardsSeconds);

    public TimeSpan PingInterval => TimeSpan.FromSeconds(PingSeconds);

    /// <param name="path">Of a Messages request.</param>
    public UsageExtras ExtrasOf(string path) => _extras!.GetValueOrDefault(path);

    public bool Strict => Profile == ApiProfile.Strict;

    public bool AdmitWithoutQuota => QuotaUnavailable == QuotaOutage.Open;
}

/// <summary>With <see cref="Strict"/> a request without <c>anthropic-version</c> is refused: two of the five contracts require it.</summary>
internal enum ApiProfile
{
    Lenient,
    Strict,
}

/// <summary>While accounts cannot be reached, requests are refused (<see cref="Closed"/>) or go through unchecked (<see cref="Open"/>).</summary>
internal enum QuotaOutage
{
    Closed,
    Open,
}
