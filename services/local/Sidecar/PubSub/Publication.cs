using System.Globalization;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>What a publisher hands in.</summary>
internal sealed record Publication(string PubSub, string Topic, ReadOnlyMemory<byte> Data, string ContentType, IReadOnlyDictionary<string, string> Metadata)
{
    public bool IsRaw => Metadata.GetValueOrDefault("rawPayload") is { } raw && bool.TryParse(raw, out var on) && on;

    public TimeSpan? TimeToLive =>
        Metadata.GetValueOrDefault("ttlInSeconds") is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
