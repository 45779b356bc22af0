using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Providers;
using Gateway.Hosting;
using Gateway.Ingress.Keys;

namespace Gateway.Ingress.Endpoints;

/// <summary>The admin API. Ingress checks the admin key and answers what only it knows; all the rest is billing's.</summary>
internal static class AdminEndpoints
{
    /// <summary>
    /// What stands in no path of the admin API or of the console: an escape that the server has left (only that of a slash) or that decoding once has
    /// brought to light, and what some parsers take for a slash. A sidecar decodes and tidies a path once more, so with these it could lead elsewhere.
    /// </summary>
    public static readonly SearchValues<char> Refused = SearchValues.Create("%\\");

    public static void MapAdmin(this WebApplication app)
    {
        var admin = app.MapGroup(InternalRoutes.Admin).WithTags("Admin").ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        admin.MapGet("/catalog", (Delegate)CatalogAsync).WithName("getCatalog").WithMetadata(AdminRule.SeeCatalog).Produces<CatalogFile>();
        admin.MapGet("/providers", ProvidersEndpoint.GetAsync).WithName("getProviders").WithMetadata(AdminRule.SeeCatalog).Produces<ProviderStatuses>()
            .AddEndpointFilter(static async (call, next) => await AuthorizeAsync(call.HttpContext) is null ? Results.Empty : await next(call));
        admin.MapGet("/self", (Delegate)SelfAsync).WithName("getSelf").WithMetadata(AdminRule.SeeSelf).Produces<AdminCaller>();
        admin.MapPost("/explain", (Delegate)ExplainEndpoint.HandleAsync).WithName("explain")
            .WithMetadata(AdminRule.Try, new RawBodies("MessagesRequest", "Explanation"));
        QuarantineEndpoints.Map(admin.MapGroup("/outbox/quarantine"));
        app.Map("/admin/{**path}", ForwardAsync);
        app.MapGet(InternalRoutes.AdminDocument, app.Services.GetRequiredService<AdminDocument>().HandleAsync);
    }

    /// <summary>The catalog in force</summary>
    /// <remarks>Providers, models, routes and prices as they are used now.</remarks>
    public static async Task CatalogAsync(HttpContext context)
    {
        if (await AuthorizeAsync(context) is null)
            return;
        var catalog = context.RequestServices.GetRequiredService<CatalogSource>().Current.File;
        await context.Response.WriteAsJsonAsync(catalog, CatalogJson.Default.CatalogFile, cancellationToken: context.RequestAborted);
    }

    /// <summary>The admin key's own admin</summary>
    /// <remarks>Who calls, in which role, and for which teams and organisations; without <c>scope</c>, for everything.</remarks>
    public static async Task SelfAsync(HttpContext context)
    {
        if (await AuthorizeAsync(context) is { } caller)
            await context.Response.WriteAsJsonAsync(caller, JsonSerializerOptions.Web, context.RequestAborted);
    }

    private static async Task ForwardAsync(HttpContext context)
    {
        if (await AuthorizeAsync(context) is not { } caller)
            return;
        var path = context.Request.Path;
        if (path.StartsWithSegments(InternalRoutes.Admin) && !path.Value.AsSpan().ContainsAny(Refused))
            await BillingForward.SendAsync(context, $"{path.ToUriComponent()}{context.Request.QueryString.ToUriComponent()}", caller);
        else
            await AdminProblem.RespondAsync(
                context, 404, $"The admin API has no {path}.", $"GET {InternalRoutes.AdminDocument} lists what there is; /docs shows it.");
    }

    /// <summary>The admin key in the place of an API key.</summary>
    public static KeyRecord AsKey { get; } = new() { Id = "admin", CreatedAt = DateTimeOffset.UnixEpoch };

    /// <summary>Lets whoever may make the call on to an endpoint that does not ask by itself.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (await AuthorizeAsync(context) is not null)
            await next(context);
    }

    /// <summary>Who calls; null when the answer has been given: no admin key, or one of a role that the endpoint's rule does not have.</summary>
    public static async Task<AdminCaller?> AuthorizeAsync(HttpContext context)
    {
        try
        {
            if (await context.RequestServices.GetRequiredService<AdminLookup>().FindAsync(context.Request, context.RequestAborted) is { } caller)
            {
                // What is forwarded has its rules at billing.
                if (context.GetEndpoint()?.Metadata.GetMetadata<AdminRule>()?.MistakeIn(caller) is not { } mistake)
                    return caller;
                await AdminProblem.RespondAsync(context, StatusCodes.Status403Forbidden, AdminRule.Refused, mistake);
                return null;
            }

            const string Detail = "Send an admin key as 'Authorization: Bearer <key>' or 'x-api-key: <key>'. API keys of clients do not open the admin API.";
            await AdminProblem.RespondAsync(context, 401, "Admin key required", Detail);
        }
        catch (GatewayException e)
        {
            var title = e.Kind == ErrorKind.Permission ? AdminRule.Refused : "The key store cannot be reached";
            await AdminProblem.RespondAsync(context, ErrorTable.Of(e.Kind).Status, title, e.Message);
        }

        return null;
    }
}
