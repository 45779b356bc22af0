using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.SignIn;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.AdminConsole.Sessions;

/// <summary>Writes sessions into cookies and reads them, sealed with keys that all replicas share.</summary>
internal sealed class SessionCookie(IDataProtectionProvider protection, ConsoleOptions options, TimeProvider time)
{
    private const int IdBytes = 16;

    private readonly IDataProtector _protector = protection.CreateProtector("session");

    public void Begin(HttpContext context, string key, AdminCaller caller) => Write(context, New(key, caller));

    public void Begin(HttpContext context, ConsoleTokens tokens, AdminCaller caller) => Write(context, With(New(tokens.AccessToken, caller), tokens));

    /// <summary>The same session with its next key.</summary>
    public Session Renew(HttpContext context, Session session, ConsoleTokens tokens, AdminCaller caller)
    {
        var renewed = With(session with { Key = tokens.AccessToken, Caller = caller }, tokens);
        Write(context, renewed);
        return renewed;
    }

    private Session New(string key, AdminCaller caller) => new()
    {
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)),
        Key = key,
        Caller = caller,
        ExpiresAt = time.GetUtcNow().AddHours(options.SessionHours),
    };

    /// <summary>Renewed when a quarter of its time is left, so that a moment without answers does no harm.</summary>
    private Session With(Session session, ConsoleTokens tokens) =>
        session with { RefreshToken = tokens.RefreshToken, RenewAt = time.GetUtcNow().AddSeconds(tokens.ExpiresInSeconds * 0.75) };

    private void Write(HttpContext context, Session session)
    {
        var sealedBytes = _protector.Protect(JsonSerializer.SerializeToUtf8Bytes(session, SessionJson.Default.Session));
        var cookie = ConsoleCookies.Options(context.Request, session.ExpiresAt);
        context.Response.Cookies.Append(ConsoleCookies.Session, WebEncoders.Base64UrlEncode(sealedBytes), cookie);
    }

    public static void End(HttpContext context) =>
        context.Response.Cookies.Delete(ConsoleCookies.Session, ConsoleCookies.Options(context.Request, DateTimeOffset.UnixEpoch));

    /// <summary>Null: nobody is signed in, or not any more.</summary>
    public Session? Read(HttpRequest request)
    {
        if (request.Cookies[ConsoleCookies.Session] is not { Length: > 0 } text)
            return null;
        try
        {
            var session = JsonSerializer.Deserialize(_protector.Unprotect(WebEncoders.Base64UrlDecode(text)), SessionJson.Default.Session);
            return session?.ExpiresAt > time.GetUtcNow() ? session : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }
}
