using System.Text.Json;
using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Usage;

/// <summary>Prices as they stand in events: the same few, in the same bytes, again and again. Bounded, and open to all, as <see cref="TextPool"/>.</summary>
internal static class KnownPrices
{
    private const int Slots = 128;
    private const int MaxLength = 2048;

    private static readonly Entry?[] Known = new Entry?[Slots];

    /// <exception cref="JsonException">It is no price.</exception>
    public static Price? Read(ReadOnlySpan<byte> json)
    {
        ref var slot = ref Known[TextPool.Hash(json) % Slots];
        if (slot is { } known && json.SequenceEqual(known.Json))
            return known.Price;
        var price = JsonSerializer.Deserialize(json, UsageJson.Default.Price);
        if (price is not null && json.Length <= MaxLength)
            slot = new Entry(json.ToArray(), price);
        return price;
    }

    private sealed record Entry(byte[] Json, Price Price);
}
