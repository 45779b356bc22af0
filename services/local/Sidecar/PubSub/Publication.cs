using System.Globalization;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>What a publisher hands in.</summary>
/// <param name="IsRaw">No CloudEvent is made of it.</param>
internal sealed record Publication(ReadOnlyMemory<byte> Data, string ContentType, IReadOnlyDictionary<string, string> Metadata, bool IsRaw)
{
    public static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    public TimeSpan? TimeToLive =>
        Metadata.Count > 0
            && Metadata.GetValueOrDefault("ttlInSeconds") is { } text
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;

    public static bool AsksForRaw(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Count > 0 && metadata.GetValueOrDefault("rawPayload") is { } raw && bool.TryParse(raw, out var on) && on;
}
