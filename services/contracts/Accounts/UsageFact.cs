using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// The usage of one key on one day by requests of one origin, with one model of one provider, in one currency. There may be several for the same:
/// they add up. Names are short because many are stored.
/// </summary>
public sealed record UsageFact
{
    [JsonPropertyName("of")]
    public required UsageOrigin Origin { get; init; }

    [JsonPropertyName("m")]
    public required string Model { get; init; }

    [JsonPropertyName("p")]
    public required string Provider { get; init; }

    [JsonPropertyName("y"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Currency { get; init; }

    [JsonPropertyName("n"), JsonConverter(typeof(UsageSumsConverter))]
    public required UsageSums Sums { get; init; }

    /// <summary>Adds a fact to those that are its likes; false where there is none.</summary>
    public static bool TryAdd(List<UsageFact> facts, UsageFact fact)
    {
        // From the end: what is in use was used just now.
        for (var i = facts.Count - 1; i >= 0; i--)
        {
            var other = facts[i];
            if (other.Origin == fact.Origin && other.Model == fact.Model && other.Provider == fact.Provider && other.Currency == fact.Currency)
            {
                other.Sums.Add(fact.Sums);
                return true;
            }
        }

        return false;
    }
}
