using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Gateway.Ingress.Endpoints;
using Microsoft.AspNetCore.Authentication;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// Signs an admin's browser in to the console: to the identity provider and back as for a device, and a session as of <c>scope=admin</c>, whose tokens go to
/// the console and are sealed into its cookie there. Nobody is asked for a yes: what is signed in is the browser that has begun, which the cookies of
/// OpenID Connect's state and nonce hold.
/// </summary>
internal sealed class ConsoleSignIn(SignInActors actors, DevicePages pages, TimeProvider time)
{
    public const string Path = InternalRoutes.Console + "/sign-in/company";

    /// <summary>The item of the sign-in's properties that has the page to go on to, and says what it is for.</summary>
    private const string ToItem = "console";
    private const int MaxPath = 1000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public static bool IsMeant(AuthenticationProperties? properties) => properties?.Items.ContainsKey(ToItem) is true;

    /// <summary>Sends the browser to the identity provider.</summary>
    public Task ChallengeAsync(HttpContext context) => pages.CheckAsync(context, async () =>
    {
        var to = context.Request.Query["to"].ToString();
        await context.RequestServices.GetRequiredService<ProviderCallback>().ChallengeAsync(context, new AuthenticationProperties
        {
            ExpiresUtc = time.GetUtcNow() + Lifetime,
            Items = { [ToItem] = to.Length <= MaxPath ? to : "" },
        });
    });

    /// <summary>The identity provider has said who that is.</summary>
    public async Task TakeAsync(HttpContext context, AuthenticationProperties properties, UserIdentity identity, string? providerToken)
    {
        var now = time.GetUtcNow();
        if (properties.ExpiresUtc is not { } expires || expires <= now)
        {
            await TellAsync(context, StatusCodes.Status403Forbidden, "Too late", "A sign-in has to be finished within ten minutes.");
            return;
        }

        var found = await actors.Directory().SignInUserAsync(new UserSignIn { Identity = identity, Admin = true });
        if (found.User is not { } user)
        {
            var why = found.Refusal + " Ask whoever runs the gateway in your company.";
            await TellAsync(context, StatusCodes.Status403Forbidden, "You cannot sign in", why);
            return;
        }

        var session = actors.Session(SessionIds.SessionPrefix + OAuthEndpoints.NewSecret());
        var grant = await session.StartAsync(new SessionStart { User = user, Admin = true, SignedInAt = now, ProviderToken = providerToken });
        using var request = ConsoleForward.RequestOf(context, HttpMethod.Post, InternalRoutes.ConsoleSessions);
        request.Content = JsonContent.Create(new ConsoleTokens
        {
            AccessToken = grant.AccessToken!,
            ExpiresInSeconds = grant.ExpiresInSeconds,
            RefreshToken = grant.RefreshToken!,
            To = properties.Items[ToItem],
        });
        request.Headers.TransferEncodingChunked = true;
        // A session that nobody has got ends here.
        if (!await ConsoleForward.SendAsync(context, request))
            await session.EndAsync(new SessionEnd());
    }

    /// <summary>Why there is no session, and the way to try again.</summary>
    public static Task TellAsync(HttpContext context, int status, string title, string why) => SignInPage.SendAsync(
        context, title, $"""<p>{SignInPage.Encode(why)}</p><p><a href="{InternalRoutes.Console}/sign-in">To the console's sign-in</a></p>""", status);
}
