using Gateway.Contracts.Accounts;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Sessions;

/// <summary>The call that a page is made for: by whom, and under which address the reader's browser sees the gateway.</summary>
internal sealed class Visit
{
    /// <summary>Null before somebody has signed in.</summary>
    public Session? Session { get; set; }

    /// <summary><c>https://gateway.example</c>, without a slash at its end.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>Where clients reach the API: mostly the same, without a slash at its end, too.</summary>
    public string ApiUrl { get; set; } = "";

    /// <summary>Whether there is the company's sign-in beside the admin key.</summary>
    public bool HasCompanySignIn { get; set; }

    /// <summary><c>light</c> or <c>dark</c> where the reader has chosen; else the browser's wish counts.</summary>
    public string? Theme { get; set; }

    public string Key => Session?.Key ?? throw new InvalidOperationException("Nobody is signed in.");

    public AdminCaller Caller => Session?.Caller ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Is the same visit, for another page.</summary>
    public void GoOn(Visit before) =>
        (Session, PublicUrl, ApiUrl, HasCompanySignIn, Theme) = (before.Session, before.PublicUrl, before.ApiUrl, before.HasCompanySignIn, before.Theme);

    /// <summary>Whether to offer it. That it is allowed is for the admin API to say.</summary>
    public bool May(AdminRule rule) => Session is not null && rule.MistakeIn(Caller) is null;
}
