using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>An admin key as the admin API shows it.</summary>
internal sealed record AdminKeyView
{
    /// <summary>What calls and the audit trail name it by.</summary>
    /// <example>admin_5RtYw3Lp</example>
    public required string Id { get; init; }

    /// <summary>The key itself: in the answer to its creation or rotation only. It is stored nowhere.</summary>
    public string? Key { get; init; }

    /// <summary>After a rotation: how long the key before is still good.</summary>
    /// <example>2026-11-30T08:00:00+00:00</example>
    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    /// <example>gwa-Xb2s</example>
    public required string Prefix { get; init; }

    /// <summary>Whose key it is.</summary>
    /// <example>finance system</example>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    /// <example>billing_reader</example>
    public required AdminRole Role { get; init; }

    /// <summary>The teams and organisations it is for; left out where that is everything.</summary>
    /// <example>["org:2PzVn8Wd"]</example>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    public static AdminKeyView Of(AdminRecord record) => new()
    {
        Id = record.Id,
        Prefix = record.Prefix,
        Name = record.Name,
        Role = record.Role,
        Scope = record.Scope,
        CreatedAt = record.CreatedAt,
        ExpiresAt = record.ExpiresAt,
        RevokedAt = record.RevokedAt,
    };
}
