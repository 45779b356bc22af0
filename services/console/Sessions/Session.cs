using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Sessions;

/// <summary>Somebody who is signed in. It is in their cookie alone, sealed; the console keeps no list.</summary>
internal sealed record Session
{
    /// <summary>What the tokens of forms are bound to.</summary>
    public required string Id { get; init; }

    /// <summary>The admin key that every call is made with.</summary>
    public required string Key { get; init; }

    /// <summary>What the next key is got with, of somebody who has signed in with a company account; null: the key is the reader's own.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>From when on it is to be got.</summary>
    public DateTimeOffset? RenewAt { get; init; }

    /// <summary>Who that is, for what pages show; what may be done is decided by the admin API, with each call.</summary>
    public required AdminCaller Caller { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
