using System.Diagnostics.Metrics;
using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// How far the accounts are behind what is published: a broker that takes events and brings them to nobody looks healthy from both ends, while
/// spend stands still. Every few seconds one published event is put down, and its account is asked for it until it has it.
/// <code>
///   published:  1 … 4 … 7 … 9      counted up to 7: 9 is on its way, and the lag is the age of 9
///   one that became a dead letter is passed over as soon as a later one is counted
/// </code>
/// </summary>
internal sealed class SettlementWatch : BackgroundService, IHealthCheck
{
    /// <summary>As readiness tells it; an alert can be stricter.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private const int MostSamples = 64;

    private readonly IActorProxyFactory _actors;
    private readonly TimeProvider _time;
    private readonly ILogger<SettlementWatch> _log;
    private readonly Meter _meter = new(RequestMetrics.MeterName);
    private readonly Lock _sync = new();
    private readonly List<Sample> _samples = [];
    private long _sampled;
    private bool _warned;

    public SettlementWatch(
        [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, TimeProvider time, ILogger<SettlementWatch> log)
    {
        (_actors, _time, _log) = (actors, time, log);
        _meter.CreateObservableGauge(
            "gateway.settlement.lag", () => Lag.TotalSeconds, "s", "How long the oldest published usage event has waited that no account has counted yet");
    }

    /// <summary>The age of the oldest published event that is known not to be counted.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_sync)
                return _samples is [var oldest, ..] ? _time.GetElapsedTime(oldest.Published) : TimeSpan.Zero;
        }
    }

    /// <summary>How many events are put down.</summary>
    internal int Waiting
    {
        get
        {
            lock (_sync)
                return _samples.Count;
        }
    }

    /// <summary>The broker has taken the event. Reads one in a while.</summary>
    public void Published(ReadOnlyMemory<byte> json)
    {
        var now = _time.GetTimestamp();
        lock (_sync)
        {
            if (_sampled != 0 && _time.GetElapsedTime(_sampled, now) < Round)
                return;
            _sampled = now;
        }

        try
        {
            if (UsageJson.Read(json.Span) is not { IsNumbered: true } e)
                return;
            var query = new CountedQuery { Source = e.Source!, SequenceKey = e.SequenceKey ?? e.KeyId, Sequence = e.Sequence!.Value };
            lock (_sync)
            {
                // A long standstill is known well enough by every other one.
                if (_samples.Count == MostSamples)
                {
                    for (var i = MostSamples - 1; i > 0; i -= 2)
                        _samples.RemoveAt(i);
                }

                _samples.Add(new Sample(e.KeyId, query, now));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not one of ours; billing keeps it as a dead letter.
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Lag < Late
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"published usage events have not been counted for {Lag.TotalSeconds:0} s: spend lags behind"));

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>Asks the accounts for what is put down.</summary>
    internal async Task LookAsync()
    {
        while (Oldest() is { } oldest)
        {
            try
            {
                if (await IsCountedAsync(oldest))
                    Forget(oldest);
                else if (Newest() is var newest && newest != oldest && await IsCountedAsync(newest!))
                    Forget(newest!);
                else
                    break;
            }
            catch (Exception e)
            {
                // Nor can the account count anything while it cannot be reached.
                if (!_warned)
                    Log.SettlementUnknown(_log, e.Message);
                _warned = true;
                return;
            }
        }

        if (Lag > Late && !_warned)
            Log.SettlementLate(_log, (long)Lag.TotalSeconds);
        _warned = Lag > Late;
    }

    private Task<bool> IsCountedAsync(Sample sample) =>
        _actors.CreateActorProxy<IAccountActor>(new ActorId(sample.KeyId), ActorTypes.Account).HasCountedAsync(sample.Query);

    private Sample? Oldest()
    {
        lock (_sync)
            return _samples.Count > 0 ? _samples[0] : null;
    }

    private Sample? Newest()
    {
        lock (_sync)
            return _samples.Count > 0 ? _samples[^1] : null;
    }

    /// <summary>This one and all before it.</summary>
    private void Forget(Sample counted)
    {
        lock (_sync)
            _samples.RemoveRange(0, _samples.IndexOf(counted) + 1);
    }

    private sealed record Sample(string KeyId, CountedQuery Query, long Published);
}
