using System.Text.Json;
using Dapr.Actors.Client;
using Dapr.Actors.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dapr.Actors.Runtime;

/// <summary>The actor types that this process hosts.</summary>
public sealed class ActorRuntime
{
    private readonly ActorRuntimeOptions _options;
    private readonly Dictionary<string, ActiveActors> _types;

    internal ActorRuntime(ActorRuntimeOptions options, ILoggerFactory loggerFactory, IServiceScopeFactory scopes, IActorProxyFactory proxies)
    {
        _options = options;
        var sidecar = new ActorSidecar(options.HttpEndpoint, options.DaprApiToken, null);
        _types = options.Actors.ToDictionary(
            r => r.Type.ActorTypeName,
            r => new ActiveActors(r.Type, scopes, id => new ActorHost(r.Type, id, options.JsonSerializerOptions, loggerFactory, proxies, sidecar), options));
    }

    public IReadOnlyList<ActorRegistration> RegisteredActors => _options.Actors;

    internal ActiveActors Of(string actorType) => _types.GetValueOrDefault(actorType)
        ?? throw new InvalidOperationException($"Actor type {actorType} is not registered with Actor runtime.");

    internal void WriteConfig(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteEntities(writer, _options.Actors);
        WriteSettings(writer, _options);
        var special = _options.Actors.Where(r => r.TypeOptions is not null).ToList();
        if (special.Count > 0)
        {
            writer.WriteStartArray("entitiesConfig");
            foreach (var registration in special)
            {
                writer.WriteStartObject();
                WriteEntities(writer, [registration]);
                WriteSettings(writer, registration.TypeOptions);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteEntities(Utf8JsonWriter writer, IEnumerable<ActorRegistration> registrations)
    {
        writer.WriteStartArray("entities");
        foreach (var registration in registrations) writer.WriteStringValue(registration.Type.ActorTypeName);
        writer.WriteEndArray();
    }

    private static void WriteSettings(Utf8JsonWriter writer, ActorRuntimeOptions options)
    {
        WriteSpan("actorIdleTimeout", options.ActorIdleTimeout);
        WriteSpan("actorScanInterval", options.ActorScanInterval);
        WriteSpan("drainOngoingCallTimeout", options.DrainOngoingCallTimeout);
        if (options.DrainRebalancedActors) writer.WriteBoolean("drainRebalancedActors", true);
        if (options.RemindersStoragePartitions is { } partitions) writer.WriteNumber("remindersStoragePartitions", partitions);
        writer.WriteStartObject("reentrancy");
        writer.WriteBoolean("enabled", options.ReentrancyConfig.Enabled);
        if (options.ReentrancyConfig.MaxStackDepth is { } depth) writer.WriteNumber("maxStackDepth", depth);
        writer.WriteEndObject();

        void WriteSpan(string name, TimeSpan? span)
        {
            if (span is { } value) writer.WriteString(name, DaprDuration.Format(value));
        }
    }
}
