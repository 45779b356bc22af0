using System.Text.Json.Serialization;

namespace Gateway.AdminConsole.Pages.Trouble;

/// <summary>What one instance of ingress has set aside.</summary>
public sealed record Quarantine
{
    public string Instance { get; init; } = "";
    public IReadOnlyList<Event> Data { get; init; } = [];

    /// <summary>An event that its topic does not take, or whose record is damaged.</summary>
    public sealed record Event
    {
        public required string Id { get; init; }
        public DateTimeOffset SetAsideAt { get; init; }
        public string Reason { get; init; } = "";

        /// <summary>Null where the record is damaged: it cannot be sent again.</summary>
        [JsonPropertyName("requestId")] public string? RequestId { get; init; }
        [JsonPropertyName("keyId")] public string? KeyId { get; init; }
    }
}
