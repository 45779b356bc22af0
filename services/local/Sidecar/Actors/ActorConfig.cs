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

    private readonly Dictionary<string, TypeConfig> _types = new(StringComparer.Ordinal);

    public static ActorConfig None { get; } = new();

    public IEnumerable<string> Types => _types.Keys;

    public TypeConfig? Find(string type) => _types.GetValueOrDefault(type);

    /// <exception cref="FormatException">The answer is not what Dapr's actor hosts give.</exception>
    public static ActorConfig Read(byte[] body)
    {
        try
        {
            var settings = JsonSerializer.Deserialize(body, SidecarJson.Default.Settings) ?? new Settings();
            var config = new ActorConfig();
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
        string.IsNullOrEmpty(idle) ? DefaultIdle
            : GoDuration.TryParse(idle, out var value) ? value : throw new FormatException($"GET /dapr/config: actorIdleTimeout '{idle}' is no duration"),
        reentrancy?.Enabled ?? false,
        reentrancy?.MaxStackDepth ?? DefaultStackDepth);

    internal sealed record Settings(
        IReadOnlyList<string>? Entities = null, string? ActorIdleTimeout = null, Reentrancy? Reentrancy = null, IReadOnlyList<Settings>? EntitiesConfig = null);

    internal sealed record Reentrancy(bool Enabled, int? MaxStackDepth);
}
