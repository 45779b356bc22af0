using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Gives back what a lease has left, and closes it.</summary>
public sealed record LeaseReturn
{
    [JsonPropertyName("leaseId")] public required string LeaseId { get; init; }

    /// <summary>As in <see cref="LeaseRequest.Sequence"/>, from the same counter.</summary>
    [JsonPropertyName("sequence")] public required long Sequence { get; init; }
    [JsonPropertyName("return")] public required Allowance Return { get; init; }
}
