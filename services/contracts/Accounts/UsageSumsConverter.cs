using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Sums without their names: requests, input, output, cache writes, cache reads, cost as text, requests without a price.</summary>
public sealed class UsageSumsConverter : JsonConverter<UsageSums>
{
    public override UsageSums Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException();
        var sums = new UsageSums
        {
            Requests = Number(ref reader),
            InputTokens = Number(ref reader),
            OutputTokens = Number(ref reader),
            CacheCreationInputTokens = Number(ref reader),
            CacheReadInputTokens = Number(ref reader),
            Cost = Money(ref reader),
            UnpricedRequests = Number(ref reader),
        };
        if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            throw new JsonException();
        return sums;
    }

    public override void Write(Utf8JsonWriter writer, UsageSums value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Requests);
        writer.WriteNumberValue(value.InputTokens);
        writer.WriteNumberValue(value.OutputTokens);
        writer.WriteNumberValue(value.CacheCreationInputTokens);
        writer.WriteNumberValue(value.CacheReadInputTokens);
        writer.WriteStringValue(value.Cost.ToString(CultureInfo.InvariantCulture));
        writer.WriteNumberValue(value.UnpricedRequests);
        writer.WriteEndArray();
    }

    private static long Number(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : throw new JsonException();

    private static decimal Money(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String
        && decimal.TryParse(reader.GetString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : throw new JsonException();
}
