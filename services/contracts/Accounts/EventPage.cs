using System.Text.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

public sealed record EventPage
{
    /// <summary>A JSON array of <see cref="UsageEvent"/>s, as they are stored.</summary>
    public ReadOnlyMemory<byte> Events { get; init; } = "[]"u8.ToArray();

    /// <summary>The number of the event before the first of these: behind what was asked for where that is not kept any more.</summary>
    public long After { get; init; }

    /// <summary>What to ask for next; null at the end.</summary>
    public long? Next { get; init; }

    /// <exception cref="JsonException">What is stored is no list of events.</exception>
    public IReadOnlyList<UsageEvent> ReadEvents() => JsonSerializer.Deserialize(Events.Span, UsageJson.Default.IReadOnlyListUsageEvent) ?? [];
}
