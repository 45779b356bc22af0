using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>What an admin decides about an access group, and a merge patch (RFC 7396) changes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AccessGroupSettings
{
    /// <summary>1 to 50 small letters, digits, <c>-</c> and <c>_</c>. It is given at creation and stays: lists of models name it.</summary>
    /// <example>fast</example>
    public string? Name { get; init; }

    /// <summary>As a key's: ids, or beginnings of ids followed by one <c>*</c>, at most 500; no other groups.</summary>
    /// <example>["anthropic/claude-haiku-4.5","demo/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }
}
