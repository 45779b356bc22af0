using Gateway.Hosting;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Gateway.Ingress.SignIn;

/// <summary>Registers the sign-in where an identity provider is configured; else there is nothing of it, and its paths are 404.</summary>
internal static class SignInSetup
{
    public const string Scheme = "company";

    /// <exception cref="StartException">The settings do not go together.</exception>
    public static SignInOptions AddSignIn(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<SignInOptions>(builder.Configuration);
        if (options.Mistake() is { } mistake)
            throw new StartException(mistake);
        var services = builder.Services;
        services.AddSingleton(options);
        if (options.Authority is null)
            return options;
        services.AddSingleton<ProviderConfiguration>();
        services.AddSingleton<ProviderSecret>();
        services.AddSingleton<IdentityReader>();
        if (options.TakesTokens)
            services.AddSingleton<CompanyTokens>();
        if (!options.SignsIn)
            return options;
        services.AddSingleton<SignInAddress>();
        services.AddSingleton<SignInActors>();
        services.AddSingleton<SignInLimits>();
        services.AddSingleton<ProviderRefresh>();
        services.AddSingleton<OAuthEndpoints>();
        services.AddSingleton<DevicePages>();
        services.AddSingleton<ConsoleSignIn>();
        services.AddSingleton<SharedProtector>();
        services.AddSingleton<ProviderCallback>();
        // The handler alone, for the two requests that are its own: what AddAuthentication adds besides is a ring of keys on each instance's disk, and a
        // middleware that asks the handler about every request.
        services.AddSingleton<IPostConfigureOptions<OpenIdConnectOptions>>(
            static p => new OpenIdConnectPostConfigureOptions(p.GetRequiredService<SharedProtector>()));
        services.AddOptions<OpenIdConnectOptions>(Scheme).Configure<SignInOptions, ProviderConfiguration>(Configure);
        return options;
    }

    /// <summary>Before anything that asks where a request came from, and by which name.</summary>
    public static void UseProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<SignInOptions>().ProxyList;
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All & ~ForwardedHeaders.XForwardedPrefix, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in proxies)
            options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }

    public static void MapSignIn(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<SignInOptions>().SignsIn)
            return;
        var oauth = app.Services.GetRequiredService<OAuthEndpoints>();
        var pages = app.Services.GetRequiredService<DevicePages>();
        var address = app.Services.GetRequiredService<SignInAddress>();
        foreach (var path in SignInAddress.Bases)
        {
            Get(path + "/.well-known/oauth-authorization-server", context => DiscoveryEndpoint.GetAsync(context, path, address));
            Post(path + OAuthEndpoints.DevicePath, oauth.DeviceAsync);
            Post(path + OAuthEndpoints.TokenPath, oauth.TokenAsync);
            Post(path + OAuthEndpoints.RevocationPath, oauth.RevokeAsync);
        }

        Get(DevicePages.Path, pages.AskCodeAsync);
        Post(DevicePages.Path, pages.TakeCodeAsync);
        Get(DevicePages.SignInPath, pages.ChallengeAsync);
        Get(DevicePages.DecidePath, pages.AskApprovalAsync);
        Post(DevicePages.DecidePath, pages.ApproveAsync);
        Post(DevicePages.DenyPath, pages.DenyAsync);
        Get(ProviderCallback.Path, static context => context.RequestServices.GetRequiredService<ProviderCallback>().HandleAsync(context));

        if (app.Services.GetRequiredService<IngressOptions>().Console)
            Get(ConsoleSignIn.Path, app.Services.GetRequiredService<ConsoleSignIn>().ChallengeAsync);

        void Get(string path, RequestDelegate handler) => app.MapGet(path, handler).ExcludeFromDescription();
        void Post(string path, RequestDelegate handler) => app.MapPost(path, handler).ExcludeFromDescription();
    }

    private static void Configure(OpenIdConnectOptions oidc, SignInOptions options, ProviderConfiguration configuration)
    {
        oidc.Authority = options.Authority;
        oidc.RequireHttpsMetadata = !new Uri(options.Authority!).IsLoopback;
        oidc.ClientId = options.ClientId;
        oidc.ConfigurationManager = configuration.Manager;
        oidc.Backchannel = configuration.Client;
        oidc.CallbackPath = ProviderCallback.Path;
        // Never used: each sign-in ends in ProviderCallback.
        oidc.SignInScheme = "none";
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        // A form that another site posts would come without the cookies of this one.
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.PushedAuthorizationBehavior = PushedAuthorizationBehavior.Disable;
        oidc.MapInboundClaims = false;
        oidc.DisableTelemetry = true;
        oidc.ClaimActions.Clear();
        oidc.Scope.Clear();
        foreach (var scope in options.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            oidc.Scope.Add(scope);
        oidc.TokenValidationParameters.ValidAlgorithms = configuration.Parameters(options.ClientId!).ValidAlgorithms;
        foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            // A proxy may end TLS and not say so.
            cookie.SecurePolicy = options.PublicUrl?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) is true
                ? CookieSecurePolicy.Always
                : CookieSecurePolicy.SameAsRequest;
        }

        oidc.Events = new OpenIdConnectEvents
        {
            OnRedirectToIdentityProvider = static context => Of(context.HttpContext).RedirectAsync(context),
            OnAuthorizationCodeReceived = static context => Of(context.HttpContext).RedeemAsync(context),
            OnTokenResponseReceived = ProviderCallback.KeepTokenAsync,
            OnTicketReceived = static context => Of(context.HttpContext).TakeAsync(context),
            OnRemoteFailure = static context => Of(context.HttpContext).FailAsync(context),
        };
    }

    private static ProviderCallback Of(HttpContext context) => context.RequestServices.GetRequiredService<ProviderCallback>();
}
