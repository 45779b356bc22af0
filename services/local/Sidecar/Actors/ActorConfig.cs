using System.Text.Json;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>
/// What an app answers to <c>GET /dapr/config</c>: its actor types, and for each how long it may idle and whether it may call itself in a
/// circle.
/// </summary>
internal sealed class ActorConfig
{
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(60);
    private const int DefaultStackDepth = 32;

    /// <summary>Whatever an app asks for, a daprd waits no longer for the calls under way when it lets actors go (seen on 1.17.13).</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(4);

    private readonly Dictionary<string, TypeConfig> _types = new(StringComparer.Ordinal);

    public static ActorConfig None { get; } = new();

    /// <summary>How long a drain waits for the turns under way.</summary>
    public TimeSpan DrainTimeout { get; private init; } = LongestDrain;

    public IEnumerable<string> Types => _types.Keys;

    public TypeConfig? Find(string type) => _types.GetValueOrDefault(type);

    /// <exception cref="FormatException">The answer is not what Dapr's actor hosts give.</exception>
    public static ActorConfig Read(byte[] body)
    {
        try
        {
            var settings = JsonSerializer.Deserialize(body, SidecarJson.Default.Settings) ?? new Settings();
            var drain = Duration("drainOngoingCallTimeout", settings.DrainOngoingCallTimeout, LongestDrain);
            var config = new ActorConfig { DrainTimeout = drain < LongestDrain ? drain : LongestDrain };
            var common = TypeConfig(settings.ActorIdleTimeout, settings.Reentrancy);
            foreach (var type in settings.Entities ?? [])
                config._types[type] = common;
            foreach (var special in settings.EntitiesConfig ?? [])
            {
                foreach (var type in special.Entities ?? [])
                    config._types[type] = TypeConfig(special.ActorIdleTimeout ?? settings.ActorIdleTimeout, special.Reentrancy ?? settings.Reentrancy);
            }

            return config;
        }
        catch (JsonException error)
        {
            throw new FormatException($"GET /dapr/config did not give actor settings: {error.Message}", error);
        }
    }

    private static TypeConfig TypeConfig(string? idle, Reentrancy? reentrancy) => new(
        Duration("actorIdleTimeout", idle, DefaultIdle),
        reentrancy?.Enabled ?? false,
        reentrancy?.MaxStackDepth ?? DefaultStackDepth);

    private static TimeSpan Duration(string name, string? text, TimeSpan otherwise) =>
        string.IsNullOrEmpty(text) ? otherwise
        : GoDuration.TryParse(text, out var value) ? value : throw new FormatException($"GET /dapr/config: {name} '{text}' is no duration");

    internal sealed record Settings(
        IReadOnlyList<string>? Entities = null, string? ActorIdleTimeout = null, string? DrainOngoingCallTimeout = null, Reentrancy? Reentrancy = null,
        IReadOnlyList<Settings>? EntitiesConfig = null);

    internal sealed record Reentrancy(bool Enabled, int? MaxStackDepth);
}
