using System.Text;
using Dapr;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Billing;

/// <summary>
/// Settles admin key and hash secret once the sidecar is there, which may be late: tried again until it works. Billing is ready after that.
/// </summary>
internal sealed class Bootstrap(
    DaprClient dapr, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, IConfiguration configuration, ILogger<Bootstrap> log)
    : BackgroundService, IHealthCheck
{
    public const string AdminKeySetting = "GATEWAY_ADMIN_KEY";
    public const string ApiKeySetting = "GATEWAY_API_KEY";
    public const string HashSecretSetting = "GATEWAY_HASH_SECRET";
    private const int LeastAdminKeyLength = 16;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Of this process: an attempt whose answer was lost is repeated with the same one.</summary>
    private readonly string _candidate = GatewayKeys.NewKey();
    private volatile bool _done;
    private volatile string _missing = "not started";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_done ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(_missing));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var delay = FirstDelay; !stoppingToken.IsCancellationRequested; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                attempt.CancelAfter(AttemptTimeout);
                await RunAsync(attempt.Token).WaitAsync(attempt.Token);
                _done = true;
                Log.Bootstrapped(log);
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                _missing = $"the admin key and the hash secret are not settled yet: {e.Message}";
                Log.Waiting(log, e.Message);
            }

            await Task.Delay(delay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await dapr.WaitForSidecarAsync(cancellationToken);
        var directory = actors.CreateActorProxy<IKeyDirectoryActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);
        var result = await directory.BootstrapAsync(new BootstrapRequest
        {
            AdminKey = await KeyAsync(AdminKeySetting, cancellationToken),
            ApiKey = await KeyAsync(ApiKeySetting, cancellationToken),
            HashSecret = await SettingAsync(HashSecretSetting, cancellationToken) is { } secret ? Base64(secret) : null,
            CandidateAdminKey = _candidate,
        });
        if (result.HashSecretIgnored)
            Log.HashSecretIgnored(log);

        // To a person on standard output, not to the log: logs are kept and shipped, and never carry keys.
        if (result.CandidateTaken)
            await Console.Out.WriteLineAsync($"Admin key (shown once): {_candidate}");
    }

    /// <summary>What is wrong with a key that was chosen, without the key; null if nothing is.</summary>
    public static string? MistakeIn(string name, string? key) => key switch
    {
        { Length: > KeyHasher.MaxKeyLength } => $"{name} has {key.Length} characters; a key has at most {KeyHasher.MaxKeyLength}.",
        { Length: < LeastAdminKeyLength } when name == AdminKeySetting =>
            $"{name} has {key.Length} characters; it opens everything, so it takes at least {LeastAdminKeyLength}. Leave it out to have one made.",
        { } when key.Trim().Length != key.Length => $"{name} begins or ends with a blank, which no request can send. Leave it out.",
        _ => null,
    };

    private async Task<string?> KeyAsync(string name, CancellationToken cancellationToken)
    {
        var key = await SettingAsync(name, cancellationToken);
        return MistakeIn(name, key) is { } mistake ? throw new StartException(mistake) : key;
    }

    private async Task<string?> SettingAsync(string name, CancellationToken cancellationToken)
    {
        if (configuration[name] is { Length: > 0 } configured)
            return configured;
        try
        {
            var secret = await dapr.GetSecretAsync(ComponentNames.SecretStore, name, cancellationToken: cancellationToken);
            return secret.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        }
        catch (DaprException)
        {
            // How a file store says that it has no such secret, and how a sidecar without a secret store answers.
            return null;
        }
    }

    private static string Base64(string secret) =>
        Convert.TryFromBase64String(secret, new byte[secret.Length], out _) ? secret : Convert.ToBase64String(Encoding.UTF8.GetBytes(secret));
}
