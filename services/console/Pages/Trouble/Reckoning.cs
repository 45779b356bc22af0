using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Trouble;

/// <summary>An account, counted in three ways.</summary>
public sealed record Reckoning
{
    public required string KeyId { get; init; }
    public bool Consistent { get; init; }
    public long Events { get; init; }
    public long RollupRequests { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal> EventCost { get; init; } = new Dictionary<string, decimal>();

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal> RollupCost { get; init; } = new Dictionary<string, decimal>();
    public AccountBalance? Balance { get; init; }
}
