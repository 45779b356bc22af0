using System.Text.Json.Nodes;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.ManagedSettings;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Otlp;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Managed;

/// <summary>
/// All documents of managed settings, in memory and in a file beside the outbox. Claude Code does not start when it is answered 5xx here, so that an
/// answer must need nobody: billing, the sidecar and the store may be away, and this process may have just started.
/// <code>
///   state store ── version, every second ──► changed? ── index, then the documents that differ ──► memory ──► file
///   file ── at the start ──► memory                        an instance that has neither is not ready
/// </code>
/// </summary>
internal sealed class SettingsCopy(
    DaprClient dapr, IngressOptions options, OtlpOptions telemetry, KnownCallers callers, TimeProvider time, ILogger<SettingsCopy> log)
    : BackgroundService, IHealthCheck
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private const int MostKept = 1_000;

    /// <summary>Rounds in a row that failed, from which on it is said: a sidecar may start later than this.</summary>
    private const int Told = 5;

    private readonly SettingsFile _file = new(options.OutboxDirectory);
    private volatile Copy? _copy;
    private int _failed;

    /// <summary>What holds for a caller; null: nothing does.</summary>
    /// <param name="accounts">Of the caller, from its own upwards; null: nobody knows who it is, and what is for everybody holds.</param>
    public EffectiveSettings? Of(IReadOnlyList<string>? accounts)
    {
        var copy = _copy ?? Copy.None(time);
        var layers = new List<string>();
        if (copy.Documents.ContainsKey(SettingsDocument.Everybody))
            layers.Add(SettingsDocument.Everybody);
        for (var i = (accounts?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (copy.Documents.ContainsKey(accounts![i]))
                layers.Add(accounts[i]);
        }

        if (layers.Count == 0 && telemetry.Environment is null)
            return null;
        var key = string.Join(' ', layers);
        if (copy.Effective.TryGet(key, out var known))
            return known;
        var documents = layers.Select(layer => JsonNode.Parse(copy.Documents[layer])!.AsObject());
        var effective = new EffectiveSettings(SettingsMerge.Of(telemetry.Environment is { } env ? documents.Prepend(env) : documents));
        copy.Effective.Set(key, effective, Kept);
        return effective;
    }

    /// <summary>The models that a key's settings let it use; null: all.</summary>
    public ModelRules? RulesOf(KeyRecord key) => _copy is { HasModelRules: true } ? Of(key.Accounts)?.Models : null;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_copy is null ? HealthCheckResult.Unhealthy("managed settings have not been read yet") : HealthCheckResult.Healthy());

    /// <summary>The file first: an answer may be asked for before anything else works.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_file.Read() is { } stored)
                _copy = new Copy(stored.Version, stored.Documents, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            Log.SettingsFileUnread(log, e);
        }

        callers.Load();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await RefreshAsync(stoppingToken);
                callers.SaveIfChanged();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            callers.SaveIfChanged();
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var version = await dapr.GetStateAsync<long>(ComponentNames.KeyStore, KeyStoreKeys.SettingsVersion, cancellationToken: limit.Token);
            if (_copy is not { } before || before.Version != version)
                await ReadAsync(version, limit.Token);
            if (_failed >= Told)
                Log.SettingsRead(log);
            _failed = 0;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: the copy stays, and the next round asks again.
            if (++_failed == Told)
                Log.SettingsUnread(log, _copy is null ? "none are known" : "those known before are used", e);
        }
    }

    private async Task ReadAsync(long version, CancellationToken cancellationToken)
    {
        var index = await dapr.GetStateAsync<SettingsIndex?>(ComponentNames.KeyStore, KeyStoreKeys.SettingsIndex, cancellationToken: cancellationToken)
            ?? new();
        var before = _copy?.Documents ?? new Dictionary<string, string>();
        var documents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, checksum) in index.Documents)
        {
            if (before.TryGetValue(id, out var text) && SettingsChecksum.Of(JsonNode.Parse(text)!.AsObject()) == checksum)
                documents[id] = text;
        }

        foreach (var some in index.Documents.Keys.Where(id => !documents.ContainsKey(id)).ToList().Chunk(AtOnce))
        {
            foreach (var document in await Task.WhenAll(some.Select(id => DocumentAsync(id, cancellationToken))))
            {
                if (document is not null)
                    documents[document.Id] = document.Text;
            }
        }

        // The file first: what a client has seen is there after a restart.
        try
        {
            _file.Write(new StoredSettings { Version = version, Documents = documents });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.SettingsFileUnwritten(log, e);
        }

        _copy = new Copy(version, documents, time);
    }

    private async Task<SettingsDocument?> DocumentAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAsync<SettingsDocument?>(ComponentNames.KeyStore, KeyStoreKeys.OfSettings(id), cancellationToken: cancellationToken);

    private sealed class Copy(long version, IReadOnlyDictionary<string, string> documents, TimeProvider time)
    {
        public static Copy None(TimeProvider time) => new(0, new Dictionary<string, string>(), time);

        public long Version => version;

        public IReadOnlyDictionary<string, string> Documents => documents;

        /// <summary>By whose documents they are made of.</summary>
        public ExpiringMap<string, EffectiveSettings> Effective { get; } = new(time, MostKept);

        /// <summary>Whether any document says which models may be used: if none does, no request is looked at for it.</summary>
        public bool HasModelRules { get; } = documents.Values.Any(text => ModelRules.Of(JsonNode.Parse(text)!.AsObject()) is not null);
    }
}
