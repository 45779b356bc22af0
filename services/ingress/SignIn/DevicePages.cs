using Gateway.Contracts.SignIn;
using Microsoft.AspNetCore.Authentication;
using static Gateway.Ingress.SignIn.SignInPage;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// What a person sees who signs a device in: type the code in, sign in at the identity provider, say yes. The yes comes last and says who signs in what, so
/// that a link that somebody else has sent signs nobody in by one click.
/// </summary>
internal sealed class DevicePages(SignInActors actors, SignInLimits limits, SignInAddress address)
{
    public const string Path = "/device";
    public const string SignInPath = Path + "/sign-in";
    public const string DecidePath = Path + "/approve";
    public const string DenyPath = Path + "/deny";

    /// <summary>The item of the sign-in's properties that has the user code.</summary>
    public const string CodeItem = "user_code";
    private const string CookieName = "gateway-device";
    private const string HostOnly = "__Host-";
    private static readonly TimeSpan CookieLifetime = TimeSpan.FromMinutes(10);

    public Task AskCodeAsync(HttpContext context) => CheckAsync(context, () => SendAsync(
        context,
        "Sign in",
        $"""
        <p>Type in the code that your terminal shows, or check that it is this one.</p>
        <form method="post" action="{Path}"><p><input name="user_code" aria-label="Code" autocomplete="off" autocapitalize="characters" spellcheck="false"
        required maxlength="32" value="{Encode(UserCodes.Read(context.Request.Query["user_code"]))}"></p><button>Continue</button></form>
        <p>Did you not start this? Then close this page: whoever sent you here wants to use the gateway in your name.</p>
        """));

    public Task TakeCodeAsync(HttpContext context) => CheckFormAsync(context, async form =>
    {
        if (!limits.MayTryCode(context))
        {
            await TellAsync(context, StatusCodes.Status429TooManyRequests, "Too many codes", "Wait ten minutes, then try again.");
            return;
        }

        if (UserCodes.Read(form["user_code"]) is not { } code)
        {
            await UnknownAsync(context);
            return;
        }

        var secret = OAuthEndpoints.NewSecret();
        var device = await actors.DeviceAsync(code, context.RequestAborted);
        if ((await device.OpenAsync(new DeviceStep { BrowserHash = await HashAsync(context, secret) })).Status == DeviceStatus.Unknown)
        {
            await UnknownAsync(context);
            return;
        }

        var https = address.IsHttps(context.Request);
        context.Response.Cookies.Append(NameOf(https), secret, new CookieOptions
        {
            HttpOnly = true,
            Secure = https,
            // The identity provider sends the browser back from another site.
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = CookieLifetime,
            IsEssential = true,
        });
        var next = $"{SignInPath}?user_code={code}";
        // No redirect: browsers hold those of a form against form-action, and the identity provider's are its own.
        await SignInPage.SendAsync(
            context, "Sign in", $"""<p><a href="{next}">Go on to your company's sign-in</a></p>""", next: next);
    });

    public Task ChallengeAsync(HttpContext context) => CheckAsync(context, async () =>
    {
        if (await FindAsync(context) is not (string code, { Status: DeviceStatus.Waiting }))
        {
            await UnknownAsync(context);
            return;
        }

        var properties = new AuthenticationProperties { Items = { [CodeItem] = code } };
        await context.RequestServices.GetRequiredService<ProviderCallback>().ChallengeAsync(context, properties);
    });

    public Task AskApprovalAsync(HttpContext context) => CheckAsync(context, async () =>
    {
        var (code, view) = await FindAsync(context);
        await ShowAsync(context, code, view);
    });

    public Task ApproveAsync(HttpContext context) => DecideAsync(context, approve: true);

    public Task DenyAsync(HttpContext context) => DecideAsync(context, approve: false);

    /// <summary>What the browser shows when the identity provider, or the gateway, has said no.</summary>
    public static Task TellAsync(HttpContext context, int status, string title, string why) =>
        SendAsync(context, title, $"<p>{Encode(why)}</p>", status);

    /// <summary>The hash of the secret in this browser's cookie; null: it has none.</summary>
    public async Task<string?> BrowserOfAsync(HttpContext context) =>
        context.Request.Cookies[NameOf(address.IsHttps(context.Request))] is { Length: > 0 and <= 64 } secret ? await HashAsync(context, secret) : null;

    private Task DecideAsync(HttpContext context, bool approve) => CheckFormAsync(context, async form =>
    {
        if (UserCodes.Read(form["user_code"]) is not { } code || await BrowserOfAsync(context) is not { } browser)
        {
            await UnknownAsync(context);
            return;
        }

        var device = await actors.DeviceAsync(code, context.RequestAborted);
        await ShowAsync(context, code, await device.DecideAsync(new DeviceStep { BrowserHash = browser, Approve = approve }));
    });

    private static Task ShowAsync(HttpContext context, string? code, DeviceView view) => view.Status switch
    {
        DeviceStatus.Identified => SendAsync(
            context,
            "Sign this device in?",
            $"""
            <p>You are <strong>{Encode(view.Who)}</strong>. Your terminal shows <code>{code}</code>?</p>
            <p>{(view.Admin
                ? "It will use the gateway's <strong>admin API</strong> in your name, with your role."
                : "It will use the gateway's models in your name, within your limits and budget.")}</p>
            <form method="post" action="{DecidePath}"><input type="hidden" name="user_code" value="{code}"><button>Approve</button></form>
            <form method="post" action="{DenyPath}"><input type="hidden" name="user_code" value="{code}"><button>Deny</button></form>
            """),
        DeviceStatus.Approved => TellAsync(context, StatusCodes.Status200OK, "Signed in", "You can close this page and go back to your terminal."),
        DeviceStatus.Denied => TellAsync(context, StatusCodes.Status200OK, "Denied", "Nothing was signed in. You can close this page."),
        DeviceStatus.Refused => TellAsync(
            context, StatusCodes.Status403Forbidden, "You cannot sign in", view.Refusal + " Ask whoever runs the gateway in your company."),
        _ => UnknownAsync(context),
    };

    private async Task<(string? Code, DeviceView View)> FindAsync(HttpContext context)
    {
        if (UserCodes.Read(context.Request.Query["user_code"]) is not { } code || await BrowserOfAsync(context) is not { } browser)
            return (null, new() { Status = DeviceStatus.Unknown });
        var device = await actors.DeviceAsync(code, context.RequestAborted);
        return (code, await device.GetAsync(new DeviceStep { BrowserHash = browser }));
    }

    private Task CheckFormAsync(HttpContext context, Func<SmallForm, Task> handle) => CheckAsync(context, async () =>
    {
        if (!address.IsSameOrigin(context.Request))
            await TellAsync(context, StatusCodes.Status403Forbidden, "Not from here", "Another page has sent this form. Open your terminal's link yourself.");
        else if (await SmallForm.ReadAsync(context) is not { } form)
            await TellAsync(context, StatusCodes.Status400BadRequest, "Not a form", "What was sent cannot be read. Open the link in your terminal again.");
        else
            await handle(form);
    });

    /// <summary>Nobody signs in over clear text, and who cannot be asked is away for a moment.</summary>
    public async Task CheckAsync(HttpContext context, Func<Task> handle)
    {
        if (!address.IsSafe(context.Request))
        {
            await TellAsync(context, StatusCodes.Status400BadRequest, "No https", OAuthEndpoints.Unsafe);
            return;
        }

        try
        {
            await handle();
        }
        catch (Exception e) when (!context.Response.HasStarted && SignInActors.IsAway(e, context.RequestAborted))
        {
            await AwayAsync(context);
        }
    }

    public static Task AwayAsync(HttpContext context) => TellAsync(
        context,
        StatusCodes.Status503ServiceUnavailable,
        "Not now",
        "The gateway, or your company's sign-in, does not answer. Load this page again in a moment.");

    private static Task UnknownAsync(HttpContext context) => TellAsync(
        context,
        StatusCodes.Status400BadRequest,
        "No such code",
        "The code is not known in this browser, was used, or is over: it holds for ten minutes. Check it, or start the sign-in in your terminal again.");

    private Task<string> HashAsync(HttpContext context, string secret) => actors.HashAsync(secret, context.RequestAborted).AsTask();

    /// <summary>With the prefix a browser takes it over TLS only, and from this host only.</summary>
    private static string NameOf(bool https) => https ? HostOnly + CookieName : CookieName;
}
