using System.Text.Json;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// Who makes an admin call, however ingress has found it out, as it tells billing in <c>gateway-admin</c>. What comes from an identity provider becomes
/// one of these, too.
/// </summary>
/// <example>{"id":"admin_5RtYw3Lp","name":"reports","role":"billing_reader"}</example>
public sealed record AdminCaller
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public required AdminRole Role { get; init; }

    /// <summary>The teams and organisations whose keys and teams it may see and change; null: everything.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>Whoever has <c>GATEWAY_ADMIN_KEY</c>.</summary>
    public static AdminCaller Owner { get; } = new() { Id = "owner", Role = AdminRole.Owner };

    /// <summary>The gateway itself, which makes what its environment asks for.</summary>
    public static AdminCaller Gateway { get; } = new() { Id = "gateway", Role = AdminRole.Owner };

    /// <summary>JSON without a character that a header cannot have.</summary>
    public string ToHeader() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Null when it is none.</summary>
    public static AdminCaller? OfHeader(string? header)
    {
        try
        {
            return string.IsNullOrEmpty(header) ? null : JsonSerializer.Deserialize<AdminCaller>(header, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
