using System.Security.Claims;
using System.Text.Encodings.Web;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.SignIn;
using Gateway.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Gateway.Ingress.SignIn;

/// <summary>The way to the identity provider and back, as the handler of ASP.NET goes it; what comes of it is kept with the device.</summary>
internal sealed class ProviderCallback(
    SignInActors actors, SignInAddress address, DevicePages pages, ConsoleSignIn console, ProviderSecret secret, IdentityReader reader,
    SharedProtector protector, ProviderConfiguration configuration, IOptionsMonitor<OpenIdConnectOptions> oidc, ILoggerFactory logs)
{
    public const string Path = "/oauth/callback";
    private const int MaxReason = 200;
    private const string TokenItem = "gateway-provider-token";

    private readonly ILogger _log = logs.CreateLogger<ProviderCallback>();

    /// <summary>Sends the browser to the identity provider.</summary>
    /// <param name="context">Its request.</param>
    /// <param name="properties">What it carries along, sealed: what the sign-in is for.</param>
    public async Task ChallengeAsync(HttpContext context, AuthenticationProperties properties) =>
        await (await HandlerAsync(context)).ChallengeAsync(properties);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var handler = await HandlerAsync(context);
            if (!await handler.HandleRequestAsync() && !context.Response.HasStarted)
                await DevicePages.TellAsync(context, StatusCodes.Status400BadRequest, "Nothing to see", "Open the link in your terminal.");
        }
        catch (Exception e) when (!context.Response.HasStarted && SignInActors.IsAway(e, context.RequestAborted))
        {
            await DevicePages.AwayAsync(context);
        }
    }

    private async Task<OpenIdConnectHandler> HandlerAsync(HttpContext context)
    {
        await protector.PrepareAsync(context.RequestAborted);
        // The handler would say in its own way that the provider is away.
        await configuration.GetAsync(context.RequestAborted);
        var handler = new OpenIdConnectHandler(oidc, logs, HtmlEncoder.Default, UrlEncoder.Default);
        await handler.InitializeAsync(new AuthenticationScheme(SignInSetup.Scheme, null, typeof(OpenIdConnectHandler)), context);
        return handler;
    }

    public Task RedirectAsync(RedirectContext context)
    {
        var here = ConsoleSignIn.IsMeant(context.Properties) ? address.OfConsole(context.Request) : address.Of(context.Request);
        context.ProtocolMessage.RedirectUri = here + Path;
        return Task.CompletedTask;
    }

    public async Task RedeemAsync(AuthorizationCodeReceivedContext context) =>
        context.TokenEndpointRequest!.ClientSecret = await secret.GetAsync(context.HttpContext.RequestAborted);

    public static Task KeepTokenAsync(TokenResponseReceivedContext context)
    {
        context.HttpContext.Items[TokenItem] = context.TokenEndpointResponse.RefreshToken;
        return Task.CompletedTask;
    }

    public async Task TakeAsync(TicketReceivedContext context)
    {
        context.HandleResponse();
        var http = context.HttpContext;
        if (ConsoleSignIn.IsMeant(context.Properties))
        {
            if (await IdentityOfAsync(context) is { } admin)
                await console.TakeAsync(http, context.Properties!, admin, http.Items[TokenItem] as string);
            return;
        }

        if (UserCodes.Read(context.Properties?.Items.TryGetValue(DevicePages.CodeItem, out var item) is true ? item : null) is not { } code
            || await pages.BrowserOfAsync(http) is not { } browser)
        {
            await DevicePages.TellAsync(
                http, StatusCodes.Status400BadRequest, "Another browser", "The sign-in was not begun in this browser. Open the link in your terminal again.");
            return;
        }

        if (await IdentityOfAsync(context) is not { } identity)
            return;
        var device = await actors.DeviceAsync(code, http.RequestAborted);
        await device.IdentifyAsync(new DeviceStep { BrowserHash = browser, Identity = identity, ProviderToken = http.Items[TokenItem] as string });
        http.Response.Redirect($"{DevicePages.DecidePath}?user_code={code}");
    }

    /// <summary>Null when the answer has been given: whoever that is may not sign in here.</summary>
    private async Task<UserIdentity?> IdentityOfAsync(TicketReceivedContext context)
    {
        var claims = (ClaimsIdentity)context.Principal!.Identity!;
        var issuer = claims.FindFirst("iss")?.Value ?? claims.FindFirst("sub")!.Issuer;
        if (reader.Read(claims, issuer, out var refusal) is { } identity)
            return identity;
        await DevicePages.TellAsync(context.HttpContext, StatusCodes.Status403Forbidden, "You cannot sign in", refusal!);
        return null;
    }

    public Task FailAsync(RemoteFailureContext context)
    {
        context.HandleResponse();
        if (SignInActors.IsAway(context.Failure!, context.HttpContext.RequestAborted) || context.Failure is InvalidOperationException)
            return DevicePages.AwayAsync(context.HttpContext);
        Log.SignInFailed(_log, context.Failure!.GetType().Name, LogText.Of(context.Failure.Message, MaxReason) ?? "none");
        const string Title = "You are not signed in";
        const string Why = "Your company's sign-in said no, was not finished in time, or was begun in another browser.";
        return ConsoleSignIn.IsMeant(context.Properties)
            ? ConsoleSignIn.TellAsync(context.HttpContext, StatusCodes.Status403Forbidden, Title, Why)
            : DevicePages.TellAsync(context.HttpContext, StatusCodes.Status403Forbidden, Title, Why + " Open the link in your terminal again.");
    }
}
