using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Gateway.Tests.SignIn;

/// <summary>A company's identity provider: OpenIddict with a form to sign in by, people, and groups that a test may change.</summary>
internal sealed class Company : IAsyncDisposable
{
    public const string ClientId = "the-gateway";
    public const string ClientSecret = "secret-of-the-gateway-at-its-provider";
    public const string Audience = "api://gateway";

    private readonly WebApplication _app;

    private Company(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, Person> People { get; } = new(StringComparer.Ordinal);

    /// <summary>Set: the token endpoint is broken.</summary>
    public bool Broken { get; set; }

    /// <summary>How often a refresh was asked for.</summary>
    public int Refreshes { get; private set; }

    public string Url { get; private set; } = "";

    /// <summary>The settings of a gateway whose provider this is.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["GATEWAY_OIDC_AUTHORITY"] = Url,
        ["GATEWAY_OIDC_CLIENT_ID"] = ClientId,
        ["GATEWAY_OIDC_CLIENT_SECRET"] = ClientSecret,
        ["GATEWAY_OIDC_AUDIENCE"] = Audience,
        ["GATEWAY_SIGN_IN_POLL_SECONDS"] = "1",
        // Each browser of the tests has an address of its own.
        ["GATEWAY_PROXIES"] = "127.0.0.1",
    };

    public static async Task<Company> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication();
        Company company = null!;
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetAuthorizationEndpointUris("connect/authorize").SetTokenEndpointUris("connect/token");
            server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().AllowPasswordFlow().RequireProofKeyForCodeExchange();
            server.RegisterScopes(Scopes.Email, Scopes.Profile, Scopes.OfflineAccess);
            server.AddEphemeralEncryptionKey().AddEphemeralSigningKey().DisableAccessTokenEncryption();
            // No database: what clients and tokens there are, the handlers below say.
            server.EnableDegradedMode();
            server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement();
            server.AddEventHandler<OpenIddictServerEvents.ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId || context.ClientSecret != ClientSecret)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
        });
        var app = builder.Build();
        company = new Company(app);
        app.Urls.Add("http://127.0.0.1:0");
        app.UseAuthentication();
        app.MapMethods("/connect/authorize", ["GET", "POST"], company.AuthorizeAsync);
        app.MapPost("/connect/token", company.TokenAsync);
        await app.StartAsync();
        company.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        // Its keys are made for the first request, which may take a while.
        using var client = new HttpClient();
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks" })
            (await client.GetAsync(new Uri(company.Url + path))).EnsureSuccessStatusCode();
        return company;
    }

    public Person Add(string name, params string[] groups) => People[name] = new Person(name, $"{name}@example.com", groups);

    /// <summary>A token for an API client, as the company's people get them elsewhere.</summary>
    public async Task<string> ApiTokenAsync(string name, string audience = Audience)
    {
        using var client = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["username"] = name,
            ["password"] = Person.Password,
            ["client_id"] = ClientId,
            ["client_secret"] = ClientSecret,
            ["scope"] = "openid email",
            ["for"] = audience,
        });
        using var answer = await client.PostAsync(new Uri(Url + "/connect/token"), form);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>A form at first; with a name and the right password, on with the code.</summary>
    private async Task AuthorizeAsync(HttpContext context)
    {
        var form = HttpMethods.IsPost(context.Request.Method) ? await context.Request.ReadFormAsync() : null;
        if (form?["refuse"].Count > 0)
        {
            await context.ForbidAsync(
                OpenIddictServerAspNetCoreDefaults.AuthenticationScheme,
                new AuthenticationProperties(new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.AccessDenied }));
            return;
        }

        if (form is null || !People.TryGetValue(form["name"].ToString(), out var person) || form["password"] != Person.Password || person.IsDisabled)
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync(
                "<form method=\"post\"><input name=\"name\"><input name=\"password\" type=\"password\"><button>Sign in</button></form>");
            return;
        }

        var request = context.GetOpenIddictServerRequest()!;
        await context.SignInAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme, PrincipalOf(person, request.GetScopes(), null));
    }

    private async Task TokenAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest()!;
        if (Broken)
        {
            context.Response.StatusCode = 500;
            return;
        }

        var name = request.Username;
        var scopes = request.GetScopes();
        if (!request.IsPasswordGrantType())
        {
            if (request.IsRefreshTokenGrantType())
                Refreshes++;
            var result = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
            name = result.Principal!.GetClaim(Claims.Subject);
            scopes = result.Principal!.GetScopes();
        }

        if (!People.TryGetValue(name!, out var person) || person.IsDisabled)
        {
            await context.ForbidAsync(
                OpenIddictServerAspNetCoreDefaults.AuthenticationScheme,
                new AuthenticationProperties(new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.InvalidGrant }));
            return;
        }

        var resource = context.Request.Form["for"].ToString();
        await context.SignInAsync(
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme, PrincipalOf(person, scopes, resource.Length > 0 ? resource : null));
    }

    private static ClaimsPrincipal PrincipalOf(Person person, IEnumerable<string> scopes, string? resource)
    {
        var identity = new ClaimsIdentity("company", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, person.Name).SetClaim(Claims.Email, person.Email).SetClaim(Claims.Name, person.Name);
        foreach (var group in person.Groups)
            identity.AddClaim(new Claim("groups", group));
        identity.SetScopes(scopes);
        if (resource is not null)
            identity.SetResources(resource);
        identity.SetDestinations(static _ => [Destinations.AccessToken, Destinations.IdentityToken]);
        return new ClaimsPrincipal(identity);
    }

    internal sealed record Person(string Name, string Email, IReadOnlyList<string> Groups)
    {
        public const string Password = "a password";

        public bool IsDisabled { get; init; }
    }
}
