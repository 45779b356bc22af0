using System.Text.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Admin;

/// <summary>
/// What a dead letter says of its number, in which a corrected event takes its place: an account that has counted the letter's event knows it
/// again. Under another key it says whose number it is: the accounts that both keys share may have counted it.
/// </summary>
internal readonly record struct LetterNumber(string? Key, string? Source, long? Sequence, string? SequenceOf)
{
    public static LetterNumber Of(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new LetterNumber(Text(json.RootElement, "sequence_key") ?? Text(json.RootElement, "key_id"), Text(json.RootElement, "source"), Number(json.RootElement, "sequence"), Text(json.RootElement, "sequence_of"))
                : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public UsageEvent Put(UsageEvent corrected) => Key is null
        ? corrected with { Source = null, Sequence = null, SequenceOf = null, SequenceKey = null }
        : corrected with { Source = Source, Sequence = Sequence, SequenceOf = SequenceOf, SequenceKey = Key == corrected.KeyId ? null : Key };

    private static string? Text(JsonElement letter, string name) =>
        letter.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement letter, string name) =>
        letter.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
