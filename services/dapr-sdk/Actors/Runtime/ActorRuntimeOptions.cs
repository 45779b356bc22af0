#nullable disable
using System.Text.Json;

namespace Dapr.Actors.Runtime;

public sealed class ActorRuntimeOptions
{
    private TimeSpan? _actorIdleTimeout;
    private TimeSpan? _actorScanInterval;
    private TimeSpan? _drainOngoingCallTimeout;
    private ActorReentrancyConfig _reentrancyConfig = new();
    private JsonSerializerOptions _jsonSerializerOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true };
    private int? _remindersStoragePartitions;

    public ActorRegistrationCollection Actors { get; } = [];

    public TimeSpan? ActorIdleTimeout
    {
        get => _actorIdleTimeout;
        set => _actorIdleTimeout = Positive(value, nameof(ActorIdleTimeout));
    }

    public TimeSpan? ActorScanInterval
    {
        get => _actorScanInterval;
        set => _actorScanInterval = Positive(value, nameof(ActorScanInterval));
    }

    public TimeSpan? DrainOngoingCallTimeout
    {
        get => _drainOngoingCallTimeout;
        set => _drainOngoingCallTimeout = Positive(value, nameof(DrainOngoingCallTimeout));
    }

    public bool DrainRebalancedActors { get; set; }

    public ActorReentrancyConfig ReentrancyConfig
    {
        get => _reentrancyConfig;
        set => _reentrancyConfig = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Both ends must agree on it.</summary>
    public bool UseJsonSerialization { get; set; }

    public JsonSerializerOptions JsonSerializerOptions
    {
        get => _jsonSerializerOptions;
        set => _jsonSerializerOptions = value ?? throw new ArgumentNullException(nameof(value));
    }

    public string DaprApiToken { get; set; }

    public int? RemindersStoragePartitions
    {
        get => _remindersStoragePartitions;
        set => _remindersStoragePartitions = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The number of partitions must be positive.");
    }

    public string HttpEndpoint { get; set; }

    private static TimeSpan? Positive(TimeSpan? value, string name) =>
        value is null || value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, "The time span must be positive.");
}
