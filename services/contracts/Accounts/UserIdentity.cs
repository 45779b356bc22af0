namespace Gateway.Contracts.Accounts;

/// <summary>Who somebody is by the word of the company's identity provider.</summary>
public sealed record UserIdentity
{
    public required string Issuer { get; init; }

    /// <summary>The issuer's own id of the person, which never changes.</summary>
    public required string Subject { get; init; }

    /// <summary>Only where the issuer does not say that it is not verified.</summary>
    public string? Email { get; init; }
    public string? Name { get; init; }

    /// <summary>Null: the issuer has said nothing of groups, so those of before still hold.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// When the issuer has said so: when the token of those that speak of groups was issued that was issued last. Null: the issuer does not tell, or an older
    /// build has noted it.
    /// </summary>
    public DateTimeOffset? SaidAt { get; init; }

    /// <summary>What the issuer has said in the end; in whatever order its tokens come, of what two say the later one counts.</summary>
    public UserIdentity With(UserIdentity? before)
    {
        if (before is null)
            return this;
        var (later, earlier) = SaidAt < before.SaidAt ? (before, this) : (this, before);
        return later with
        {
            Email = later.Email ?? earlier.Email,
            Name = later.Name ?? earlier.Name,
            Groups = later.Groups ?? earlier.Groups,
            SaidAt = (later.Groups is null && earlier.Groups is not null ? earlier.SaidAt : later.SaidAt) ?? earlier.SaidAt,
        };
    }

    /// <summary>What follows the at sign of the address, in small letters.</summary>
    public string? Domain() => Email?.LastIndexOf('@') is { } at and > 0 ? Email[(at + 1)..].ToLowerInvariant() : null;
}
