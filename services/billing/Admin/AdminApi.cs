using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

/// <summary>
/// The admin API under the paths at which ingress shows it. Ingress has found out who calls and says so; nothing else can reach this port where
/// <c>APP_API_TOKEN</c> is set.
/// </summary>
internal static class AdminApi
{
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<UsageReports>();
        services.ConfigureHttpJsonOptions(options => AdminJson.Configure(options.SerializerOptions));
        services.AddOpenApi(AdminDocument.Name, AdminDocument.Configure);
    }

    public static void MapAdmin(this WebApplication app)
    {
        app.MapOpenApi(InternalRoutes.AdminDocument.Replace(AdminDocument.Name, "{documentName}", StringComparison.Ordinal));
        app.MapGet(InternalRoutes.Keys + "/{id}/self", KeyEndpoints.StatusAsync).ExcludeFromDescription();
        app.MapGet(InternalRoutes.Keys + "/{id}/usage", ReportEndpoints.OwnUsageAsync).ExcludeFromDescription();
        app.MapPost(InternalRoutes.Audit, AuditEndpoints.KeepAsync).ExcludeFromDescription();
        app.MapPost(InternalRoutes.Catalog, CatalogEndpoint.CheckAsync).ExcludeFromDescription();

        var admin = app.MapGroup(InternalRoutes.Admin)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        // An id that cannot be one is not asked for: it would stand in the path of an actor's call.
        admin.AddEndpointFilter(static (context, next) => context.HttpContext.GetRouteValue("id") is string id && !AccountIds.IsPossible(id)
            ? ValueTask.FromResult<object?>(new NotFoundProblem(id))
            : next(context));
        KeyEndpoints.Map(admin.MapGroup("/keys").WithTags("Keys").AddEndpointFilter(static (context, next) => OnlyAsync(false, context, next)));
        UserEndpoints.Map(admin.MapGroup("/users").WithTags("Users").AddEndpointFilter(static (context, next) => OnlyAsync(true, context, next)));
        SignInEndpoints.Map(admin.MapGroup("/sign-in").WithTags("Users"));
        TeamEndpoints.Map(admin.MapGroup("/teams").WithTags("Teams"));
        OrganizationEndpoints.Map(admin.MapGroup("/organizations").WithTags("Organisations"));
        ManagedSettingsEndpoints.Map(admin.MapGroup("").WithTags("Managed settings"));
        RuleEndpoints.Map(admin.MapGroup("/rules").WithTags("Rules"));
        AccessGroupEndpoints.Map(admin.MapGroup("/access-groups").WithTags("Access groups"));
        AdminKeyEndpoints.Map(admin.MapGroup("/admin-keys").WithTags("Admins"));
        AuditEndpoints.Map(admin.MapGroup("/audit").WithTags("Admins"));
        EventEndpoints.Map(admin.MapGroup("").WithTags("Reports"));
        ReportEndpoints.Map(admin.MapGroup("").WithTags("Reports"));
        WebhookEndpoints.Map(admin.MapGroup("/webhooks").WithTags("Webhooks"));
        DeadLetterEndpoints.Map(admin.MapGroup("/dead-letters").WithTags("Dead letters"));
    }
    /// <summary>The directory keeps both alike; a user is not found among the keys, nor a key among the users.</summary>
    private static ValueTask<object?> OnlyAsync(bool users, EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.GetRouteValue("id") is string id && AccountIds.IsUser(id) != users
            ? ValueTask.FromResult<object?>(new NotFoundProblem($"{(users ? "user" : "key")} {id}"))
            : next(context);
}
