using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What an account no longer keeps one by one, because it is older than its retention: the sums of it, which stay for good and are exact.</summary>
public sealed record PurgedUsage
{
    /// <summary>Rows whose requests had no price have no currency.</summary>
    public const string NoCurrency = "";

    /// <summary>Days before this one are gone, and an event of them is not counted any more: whether it has been, nobody could tell.</summary>
    public DateOnly? Before { get; set; }

    /// <summary>Events, the first of the account's.</summary>
    public long Events { get; set; }

    /// <summary>Of those events, how many had no price.</summary>
    public long UnpricedEvents { get; set; }

    /// <summary>What those events cost, by currency.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public Dictionary<string, decimal> EventCost { get; set; } = [];

    /// <summary>The roll-ups of days that are gone, by currency.</summary>
    public Dictionary<string, UsageSums> Rollups { get; set; } = [];
}
