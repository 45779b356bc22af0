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
            var letter = json.RootElement;
            return letter.ValueKind == JsonValueKind.Object
                ? new(Text(letter, "sequence_key") ?? Text(letter, "key_id"), Text(letter, "source"), Number(letter, "sequence"), Text(letter, "sequence_of"))
                : default;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is half a character: then it says nothing.
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
