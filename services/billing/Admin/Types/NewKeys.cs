using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>Keys that are made together.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewKeys
{
    public const int Most = 100;

    /// <summary>The settings of each, 1 to 100.</summary>
    /// <example>[{"name":"search-ci"},{"name":"search-batch","budget":{"amount":25,"period":"day"}}]</example>
    public required IReadOnlyList<NewKeySettings> Keys { get; init; }
}
