using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

/// <summary>The numbers of one source and key that have been counted, as they are stored. Older builds stored the bounds alone.</summary>
[JsonConverter(typeof(Converter))]
internal sealed class CountedNumbers
{
    /// <summary>See <see cref="NumberSet"/>.</summary>
    public List<long> Bounds { get; init; } = [];

    /// <summary>The last month of an event among them, as yyyyMM: in that month's list of marks it stands. 0: in none.</summary>
    public int Month { get; set; }

    internal sealed class Converter : JsonConverter<CountedNumbers>
    {
        public override CountedNumbers Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.StartArray)
                return new() { Bounds = JsonSerializer.Deserialize<List<long>>(ref reader, options) ?? [] };
            var stored = JsonSerializer.Deserialize<Stored>(ref reader, options) ?? throw new JsonException();
            return new() { Bounds = stored.Numbers, Month = stored.Month };
        }

        public override void Write(Utf8JsonWriter writer, CountedNumbers value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new Stored { Numbers = value.Bounds, Month = value.Month }, options);
    }

    private sealed record Stored
    {
        public List<long> Numbers { get; init; } = [];
        public int Month { get; init; }
    }
}
