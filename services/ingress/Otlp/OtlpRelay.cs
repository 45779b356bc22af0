using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.Channels;
using Dapr;
using Dapr.Client;
using Gateway.Contracts.Names;
using Gateway.Ingress.Metering;

namespace Gateway.Ingress.Otlp;

/// <summary>
/// Brings clients' telemetry to the collector, and keeps no client waiting for it: what it does not take in time is dropped and counted. With the headers
/// that the operator gives, never with the client's credential.
/// </summary>
internal sealed class OtlpRelay : BackgroundService
{
    /// <summary>The operator's, as in OTEL_EXPORTER_OTLP_HEADERS; a setting, or a secret of this name.</summary>
    public const string HeadersName = "GATEWAY_TELEMETRY_HEADERS";

    private const int MaxWaiting = 4_096;
    private const int AtOnce = 4;
    private const int Attempts = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly OtlpOptions _options;
    private readonly IConfiguration _configuration;
    private readonly DaprClient _dapr;
    private readonly ILogger<OtlpRelay> _log;
    private readonly Channel<OtlpBatch> _waiting = Channel.CreateBounded<OtlpBatch>(MaxWaiting);
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = Limit,
    })
    {
        Timeout = Limit,
        MaxResponseContentBufferSize = 64 * 1024,
    };

    private readonly Meter _meter = new(RequestMetrics.MeterName);
    private readonly Counter<long> _relayed;
    private readonly Counter<long> _dropped;
    private IReadOnlyList<(string Name, string Value)> _headers = [];
    private bool _failing;

    public OtlpRelay(OtlpOptions options, IConfiguration configuration, DaprClient dapr, ILogger<OtlpRelay> log)
    {
        (_options, _configuration, _dapr, _log) = (options, configuration, dapr, log);
        _relayed = _meter.CreateCounter<long>("gateway.telemetry.relayed", "{batch}", "Bodies of clients' telemetry that the collector has taken");
        _dropped = _meter.CreateCounter<long>("gateway.telemetry.dropped", "{batch}", "Bodies of clients' telemetry that went nowhere, by why");
        _meter.CreateObservableGauge("gateway.telemetry.held", () => Room.Held, "By", "Clients' telemetry that waits for the collector");
    }

    public OtlpRoom Room { get; } = new();

    /// <summary>Never waits.</summary>
    public void Send(OtlpBatch batch)
    {
        if (_waiting.Writer.TryWrite(batch))
            return;
        batch.Room.Dispose();
        Drop(batch.Signal, "full");
    }

    public void Drop(OtlpSignals signal, string reason) => _dropped.Add(
        1, new KeyValuePair<string, object?>("signal", OtlpOptions.NameOf(signal)), new KeyValuePair<string, object?>("reason", reason));

    public override void Dispose()
    {
        _client.Dispose();
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What no setting sends on is not waited for.
        if (!Enum.GetValues<OtlpSignals>().Any(signal => signal != OtlpSignals.None && _options.Takes(signal)))
            return;
        try
        {
            await ReadHeadersAsync(stoppingToken);
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => SendAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What waits is lost with the process, as it would be with the client's.
        }
    }

    private async Task SendAsync(CancellationToken stoppingToken)
    {
        await foreach (var batch in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            using (batch.Room)
            {
                var refusal = await TrySendAsync(batch, stoppingToken);
                if (refusal is null)
                    _relayed.Add(1, new KeyValuePair<string, object?>("signal", OtlpOptions.NameOf(batch.Signal)));
                else
                    Drop(batch.Signal, refusal.Value.Reason);
                Tell(refusal);
            }
        }
    }

    /// <summary>Null when the collector has it.</summary>
    private async Task<(string Reason, string Why)?> TrySendAsync(OtlpBatch batch, CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string why;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, _options.AddressOf(batch.Signal)) { Content = new ByteArrayContent(batch.Body) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", batch.ContentType);
                foreach (var (name, value) in _headers)
                    request.Headers.TryAddWithoutValidation(name, value);
                using var answer = await _client.SendAsync(request, stoppingToken);
                if (answer.IsSuccessStatusCode)
                    return null;
                why = $"it answers {(int)answer.StatusCode}";
                if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && attempt == 1)
                    await ReadHeadersAsync(stoppingToken);
                else if ((int)answer.StatusCode is not (429 or 502 or 503 or 504))
                    return ("refused", why);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                why = e is HttpRequestException ? e.Message : $"no answer within {Limit.TotalSeconds:0} s";
            }

            if (attempt == Attempts)
                return ("unavailable", why);
            await Task.Delay(Pause * attempt, stoppingToken);
        }
    }

    private void Tell((string Reason, string Why)? refusal)
    {
        if (refusal is { Why: var why } && !_failing)
            Log.TelemetryNotRelayed(_log, why);
        else if (refusal is null && _failing)
            Log.TelemetryRelayed(_log);
        _failing = refusal is not null;
    }

    private async Task ReadHeadersAsync(CancellationToken cancellationToken)
    {
        var text = _configuration[HeadersName];
        if (string.IsNullOrEmpty(text))
        {
            await _dapr.WaitForSidecarAsync(cancellationToken);
            try
            {
                var secret = await _dapr.GetSecretAsync(ComponentNames.SecretStore, HeadersName, cancellationToken: cancellationToken);
                text = secret.GetValueOrDefault(HeadersName);
            }
            catch (DaprException)
            {
                // How a store says that it has no such secret, and how a sidecar without a store answers.
            }
        }

        _headers = [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2)
            .Select(pair => (pair[0].Trim(), Uri.UnescapeDataString(pair[1].Trim())))];
    }
}
