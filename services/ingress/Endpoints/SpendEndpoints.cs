using System.ComponentModel;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// What Claude Code, and what is written for Anthropic's Admin API, ask about budgets: a key's own spend, and spend limits. Billing answers; here it
/// is seen who asks.
/// </summary>
internal static class SpendEndpoints
{
    public const string Limits = "/v1/organizations/spend_limits";
    private const string Usage = "/api/oauth/usage";

    public static void MapSpend(this WebApplication app)
    {
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            var usage = app.MapGet(root + Usage, (Delegate)UsageAsync).WithTags("Spend");
            if (root.Length == 0)
                usage.WithName("getSpendUsage").WithMetadata(new RawBodies(null, "SpendUsage"));
            else
                usage.ExcludeFromDescription();
        }

        var limits = app.MapGroup(Limits).WithTags("Spend");
        limits.MapPost("", (Delegate)SetAsync).WithName("setSpendLimit").WithMetadata(new RawBodies("SpendLimitRequest", "SpendLimit"));
        limits.MapGet("", (Delegate)ListAsync).WithName("listSpendLimits").WithMetadata(new RawBodies(null, "SpendLimitList"));
        limits.MapGet("/effective", (Delegate)EffectiveAsync).WithName("listEffectiveSpendLimits").WithMetadata(new RawBodies(null, "EffectiveSpendLimits"));
        limits.MapGet("/audit", (Delegate)AuditAsync).WithName("listSpendLimitChanges").WithMetadata(new RawBodies(null, "SpendLimitAudit"));
        limits.MapGet("/{id}", (Delegate)GetAsync).WithName("getSpendLimit").WithMetadata(new RawBodies(null, "SpendLimit"));
        limits.MapDelete("/{id}", (Delegate)DeleteAsync).WithName("deleteSpendLimit").WithMetadata(new RawBodies(null, "SpendLimitDeleted"));
    }

    /// <summary>Spend of the caller's key</summary>
    /// <remarks>
    /// The budgets that hold for it and how much of each is used, in cents: what Claude Code shows at <c>/usage</c>. Behind each base URL of the API.
    /// </remarks>
    public static async Task UsageAsync(HttpContext context)
    {
        RequestIds.Of(context);
        var key = await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        await BillingForward.SendAsync(context, $"{InternalRoutes.SpendUsage}/{Uri.EscapeDataString(key.Id)}", problems: false);
    }

    /// <summary>Set a spend limit</summary>
    /// <remarks>
    /// The budget of a key (scope <c>user</c>), a team (<c>rbac_group</c>) or the organisation, in cents; the same that the admin API has. A group's is
    /// one for all its keys. <c>null</c> takes it away.
    /// </remarks>
    public static Task SetAsync(HttpContext context) => ForwardAsync(context, "");

    /// <summary>List spend limits</summary>
    /// <remarks>Organisations', teams', keys'. A page may be short and still have more.</remarks>
    /// <param name="limit" example="20">How many at most.</param>
    public static Task ListAsync(
        HttpContext context,
        string? limit,
        [FromQuery(Name = "after_id"), Description("The last_id of the page before.")] string? afterId,
        [FromQuery(Name = "before_id"), Description("The first_id of the page after.")] string? beforeId,
        [FromQuery(Name = "scope_type"), Description("Only of user, rbac_group or organization.")] string? scopeType) => ForwardAsync(context, "");

    /// <summary>What holds for each key</summary>
    /// <remarks>A line for each key and period: the nearest limit of that period, and what the key has spent.</remarks>
    /// <param name="limit" example="20">How many keys at most.</param>
    /// <param name="page" example="key_4QmVXb2s">The next_page of the page before.</param>
    public static Task EffectiveAsync(
        HttpContext context,
        string? limit,
        string? page,
        [FromQuery(Name = "period[]"), Description("Only daily, weekly or monthly; may be given more than once.")] string? period,
        [FromQuery(Name = "user_ids[]"), Description("Only this key; may be given up to 100 times.")] string? userId) => ForwardAsync(context, "/effective");

    /// <summary>Changes of spend limits</summary>
    /// <remarks>By these calls and by those of the admin API, the newest first.</remarks>
    /// <param name="limit" example="20">How many at most.</param>
    public static Task AuditAsync(
        HttpContext context,
        string? limit,
        [FromQuery(Name = "after_id"), Description("The id of the last event of the page before.")] string? afterId) => ForwardAsync(context, "/audit");

    /// <summary>Get a spend limit</summary>
    /// <remarks>By its id.</remarks>
    /// <param name="id" example="spl_key_4QmVXb2s">The limit's id.</param>
    public static Task GetAsync(HttpContext context, string id) => OfIdAsync(context, id);

    /// <summary>Take a spend limit away</summary>
    /// <remarks>Its key or group has no budget then.</remarks>
    /// <param name="id" example="spl_key_4QmVXb2s">The limit's id.</param>
    public static Task DeleteAsync(HttpContext context, string id) => OfIdAsync(context, id);

    /// <summary>An id that cannot be one goes no further: a sidecar would read its escapes once more.</summary>
    private static Task OfIdAsync(HttpContext context, string id) => ForwardAsync(context, AccountIds.IsPossible(id) ? "/" + id : "/spl_");

    private static async Task ForwardAsync(HttpContext context, string path)
    {
        RequestIds.Of(context);
        if (await context.RequestServices.GetRequiredService<AdminLookup>().FindAsync(context.Request, context.RequestAborted) is not { } caller)
        {
            await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
            throw new GatewayException(ErrorKind.Permission, "Spend limits are for the admin key, in x-api-key. This is the key of a client.");
        }

        var rule = HttpMethods.IsGet(context.Request.Method) ? AdminRule.SeeAllUsage : AdminRule.Operate;
        if (rule.MistakeIn(caller) is { } mistake)
            throw new GatewayException(ErrorKind.Permission, mistake);
        await BillingForward.SendAsync(context, InternalRoutes.SpendLimits + path + context.Request.QueryString.ToUriComponent(), caller, problems: false);
    }
}
