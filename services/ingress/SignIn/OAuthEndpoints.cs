using System.Globalization;
using System.Security.Cryptography;
using Gateway.Contracts.SignIn;
using Gateway.Hosting;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// What a device calls that is to be signed in (RFC 8628, RFC 6749, RFC 7009). It is no registered client and has no secret: whoever approves in the
/// browser sees what for.
/// </summary>
internal sealed class OAuthEndpoints(
    SignInActors actors, SignInLimits limits, SignInAddress address, SignInOptions options, ProviderRefresh provider, TimeProvider time)
{
    public const string DevicePath = "/oauth/device_authorization";
    public const string TokenPath = "/oauth/token";
    public const string RevocationPath = "/oauth/revoke";
    public const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    public const string RefreshGrant = "refresh_token";

    /// <summary>For the admin API in the place of models.</summary>
    public const string AdminScope = "admin";
    public const string Unsafe = "Signing in takes https, except on this machine. Call the gateway by its https address.";
    private const int LifetimeSeconds = 600;
    private const int Tries = 3;
    private const int SecretLength = 43;
    private const int MostPolls = 20_000;
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>How long a refresh waits for another one of the same session that is asking the identity provider.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    /// <summary>Those who poll too fast are told so here, and cost nobody else anything.</summary>
    private readonly ExpiringMap<string, bool> _polled = new(time, MostPolls);

    public static string NewSecret() => RandomNumberGenerator.GetString(Base62, SecretLength);

    public async Task DeviceAsync(HttpContext context)
    {
        if (!address.IsSafe(context.Request))
        {
            await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidRequest, Unsafe);
            return;
        }

        if (await SmallForm.ReadAsync(context) is not { } form)
        {
            await NoFormAsync(context);
            return;
        }

        if (!limits.MayStart(context))
        {
            context.Response.Headers.RetryAfter = SignInLimits.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            const string Description = "Too many sign-ins were started from this address. Try again in ten minutes.";
            await OAuthAnswers.RefuseAsync(context, TokenErrors.SlowDown, Description, StatusCodes.Status429TooManyRequests);
            return;
        }

        try
        {
            var hasher = await actors.HasherAsync(context.RequestAborted);
            var secret = NewSecret();
            var begin = new DeviceBegin
            {
                SecretHash = hasher.Hash(secret),
                LifetimeSeconds = LifetimeSeconds,
                IntervalSeconds = options.PollSeconds,
                Admin = form["scope"]?.Split(' ').Contains(AdminScope) is true,
            };
            for (var i = 0; i < Tries; i++)
            {
                var code = UserCodes.New();
                var id = await actors.IdOfAsync(code, context.RequestAborted);
                if (!await actors.Device(id).BeginAsync(begin))
                    continue;
                var page = address.Of(context.Request) + DevicePages.Path;
                await OAuthAnswers.SendAsync(context, new DeviceAuthorization(
                    SessionIds.Write(hasher, SessionIds.DevicePrefix, id, secret), code, page, $"{page}?user_code={code}", LifetimeSeconds, options.PollSeconds,
                    options.Notice));
                return;
            }

            await AwayAsync(context);
        }
        catch (Exception e) when (SignInActors.IsAway(e, context.RequestAborted))
        {
            await AwayAsync(context);
        }
    }

    public async Task TokenAsync(HttpContext context)
    {
        if (await SmallForm.ReadAsync(context) is not { } form)
        {
            await NoFormAsync(context);
            return;
        }

        switch (form["grant_type"])
        {
            case null:
                await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidRequest, "grant_type is missing.");
                break;
            case DeviceGrant when form["device_code"] is { } code:
                await PollAsync(context, code);
                break;
            case DeviceGrant:
                await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidRequest, "device_code is missing.");
                break;
            case RefreshGrant when form["refresh_token"] is { } token:
                await RefreshAsync(context, token);
                break;
            case RefreshGrant:
                await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidRequest, "refresh_token is missing.");
                break;
            default:
                await OAuthAnswers.RefuseAsync(context, TokenErrors.UnsupportedGrant, $"grant_type is one of {DeviceGrant} and {RefreshGrant}.");
                break;
        }
    }

    /// <summary>What is no token of a session, or not any more, is over already: 200 (RFC 7009 section 2.2).</summary>
    public async Task RevokeAsync(HttpContext context)
    {
        if (await SmallForm.ReadAsync(context) is not { } form)
        {
            await NoFormAsync(context);
            return;
        }

        if (form["token"] is not { } token)
        {
            await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidRequest, "token is missing.");
            return;
        }

        try
        {
            var hasher = await actors.HasherAsync(context.RequestAborted);
            if (SessionIds.TryRead(hasher, SessionIds.RefreshPrefix, token, out var session, out _))
                await actors.Session(session).EndAsync(new SessionEnd { RefreshToken = token });
            else if (await actors.SessionOfAsync(token, context.RequestAborted) is { } known)
                await actors.Session(known).EndAsync(new SessionEnd());
            context.Response.Headers.CacheControl = "no-store";
            context.Response.StatusCode = StatusCodes.Status200OK;
        }
        catch (Exception e) when (SignInActors.IsAway(e, context.RequestAborted))
        {
            await AwayAsync(context);
        }
    }

    private async Task PollAsync(HttpContext context, string code)
    {
        try
        {
            var hasher = await actors.HasherAsync(context.RequestAborted);
            if (!SessionIds.TryRead(hasher, SessionIds.DevicePrefix, code, out var id, out var secret))
            {
                await OAuthAnswers.RefuseAsync(context, TokenErrors.Expired, "This is no device code of this gateway. Start the sign-in anew.");
                return;
            }

            if (_polled.TryGet(id, out _))
            {
                await OAuthAnswers.RefuseAsync(context, TokenErrors.SlowDown, "Ask less often: five seconds more between two polls.");
                return;
            }

            _polled.Set(id, true, TimeSpan.FromSeconds(options.PollSeconds / 2d));
            await GrantAsync(context, await actors.Device(id).PollAsync(new DevicePoll { SecretHash = hasher.Hash(secret) }));
        }
        catch (Exception e) when (SignInActors.IsAway(e, context.RequestAborted))
        {
            // A client that is told anything else gives up, and its user has to begin anew.
            await OAuthAnswers.RefuseAsync(context, TokenErrors.SlowDown, "The gateway's accounts do not answer now.");
        }
    }

    private async Task RefreshAsync(HttpContext context, string token)
    {
        try
        {
            var hasher = await actors.HasherAsync(context.RequestAborted);
            if (!SessionIds.TryRead(hasher, SessionIds.RefreshPrefix, token, out var id, out _))
            {
                await OAuthAnswers.RefuseAsync(context, TokenErrors.InvalidGrant, "This is no refresh token of this gateway. Sign in again.");
                return;
            }

            var session = actors.Session(id);
            var refresh = new SessionRefresh { RefreshToken = token };
            var start = await session.BeginRefreshAsync(refresh);
            for (var since = time.GetTimestamp(); start.Step == RefreshStep.Wait && time.GetElapsedTime(since) < LongestWait;)
            {
                await Task.Delay(BetweenLooks, context.RequestAborted);
                start = await session.BeginRefreshAsync(refresh);
            }

            if (start.Step == RefreshStep.Wait)
            {
                await AwayAsync(context);
                return;
            }

            // What the provider gives in exchange must reach the session, also when the client has gone; its client has a limit of its own.
            if (start.Step == RefreshStep.Ask)
                refresh = await provider.AskAsync(refresh, start.ProviderToken!, CancellationToken.None);
            await GrantAsync(context, await session.RefreshAsync(refresh));
        }
        catch (Exception e) when (SignInActors.IsAway(e, context.RequestAborted))
        {
            await AwayAsync(context);
        }
    }

    private static Task GrantAsync(HttpContext context, TokenGrant grant) => grant.Error is { } error
        ? OAuthAnswers.RefuseAsync(context, error, grant.Description!)
        : OAuthAnswers.SendAsync(context, new Tokens(grant.AccessToken!, "Bearer", grant.ExpiresInSeconds, grant.RefreshToken, grant.Email));

    private static Task NoFormAsync(HttpContext context) => OAuthAnswers.RefuseAsync(
        context, TokenErrors.InvalidRequest, "The body is no form. Send it as application/x-www-form-urlencoded, at most 16 KiB.");

    private static Task AwayAsync(HttpContext context) => OAuthAnswers.RefuseAsync(
        context, TokenErrors.Unavailable, "The gateway's accounts, or the identity provider, do not answer now. Try again in a few seconds.");

    private sealed record DeviceAuthorization(
        string DeviceCode, string UserCode, string VerificationUri, string VerificationUriComplete, int ExpiresIn, int Interval, string? LoginNotice);

    private sealed record Tokens(string AccessToken, string TokenType, int ExpiresIn, string? RefreshToken, string? Email);
}
