using System.Text.Json;

namespace Gateway.Contracts.Accounts;

/// <summary>A change that is made outside of the key directory, to be kept with the others.</summary>
public sealed record AuditNote
{
    public required AdminCaller By { get; init; }
    public required string Action { get; init; }
    public required string Target { get; init; }
    public JsonElement? Before { get; init; }
    public JsonElement? After { get; init; }
}
