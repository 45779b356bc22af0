using System.Text.Json;

namespace Gateway.Billing.Usage;

/// <summary>An event that is not of usage, as the topics have it: of quota, keys, or the audit trail.</summary>
public sealed record Notice
{
    /// <summary>Deliveries of one event have one.</summary>
    public required string Id { get; init; }

    /// <summary>The CloudEvent's.</summary>
    public required string Type { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whom it is about: a key and its groups, or a group and those it is in; null: everybody.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>As on the topic.</summary>
    public required JsonElement Data { get; init; }

    public static Notice Of<T>(string id, string type, DateTimeOffset time, IReadOnlyList<string>? accounts, T data) => new()
    {
        Id = id,
        Type = type,
        Time = time,
        Accounts = accounts,
        Data = JsonSerializer.SerializeToElement(data, JsonSerializerOptions.Web),
    };
}
