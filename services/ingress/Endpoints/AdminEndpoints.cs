using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;

namespace Gateway.Ingress.Endpoints;

/// <summary>The admin API. Ingress checks the admin key; billing does the work.</summary>
internal static class AdminEndpoints
{
    public static void MapAdmin(this WebApplication app)
    {
        var admin = app.MapGroup("/admin/v1");
        admin.MapGet("/catalog", CatalogAsync).Describe(true, ApiDocument.Catalog);
        admin.MapPost("/explain", ExplainEndpoint.HandleAsync).Describe(true, ApiDocument.Explain);
        foreach (var operation in ApiDocument.Admin)
            admin.MapMethods(operation.Pattern, [operation.Method], ForwardAsync).Describe(true, operation);
        admin.Map("/{**rest}", ForwardAsync).ExcludeFromDescription();
    }

    private static async Task CatalogAsync(HttpContext context)
    {
        if (await AuthorizeAsync(context))
            await context.Response.WriteAsJsonAsync(context.RequestServices.GetRequiredService<CatalogSource>().Current.File, CatalogJson.Default.CatalogFile, cancellationToken: context.RequestAborted);
    }

    private static async Task ForwardAsync(HttpContext context)
    {
        if (await AuthorizeAsync(context))
            await BillingForward.SendAsync(context, $"{context.Request.Path.ToUriComponent()}{context.Request.QueryString.ToUriComponent()}");
    }

    /// <summary>The admin key in the place of an API key.</summary>
    public static KeyRecord AsKey { get; } = new() { Id = "admin", CreatedAt = DateTimeOffset.UnixEpoch };

    /// <summary>False when the answer has been given: no admin key.</summary>
    public static async Task<bool> AuthorizeAsync(HttpContext context)
    {
        var keys = context.RequestServices.GetRequiredService<KeyLookup>();
        try
        {
            if (await keys.IsAdminAsync(context.Request, context.RequestAborted))
                return true;
            await AdminProblem.RespondAsync(context, 401, "Admin key required", "Send the admin key as 'Authorization: Bearer <key>' or 'x-api-key: <key>'. API keys of clients do not open the admin API.");
        }
        catch (GatewayException e)
        {
            await AdminProblem.RespondAsync(context, ErrorTable.Of(e.Kind).Status, "The key store cannot be reached", e.Message);
        }

        return false;
    }
}
