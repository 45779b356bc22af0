using Microsoft.AspNetCore.Mvc;

namespace Gateway.Ingress.Endpoints;

/// <summary>Errors of the admin API: problem details (RFC 9457).</summary>
internal static class AdminProblem
{
    public static Task RespondAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        var problem = new ProblemDetails { Type = "about:blank", Status = status, Title = title, Detail = detail, Instance = context.Request.Path };
        return TypedResults.Problem(problem).ExecuteAsync(context);
    }

    public static Task BillingAwayAsync(HttpContext context) =>
        RespondAsync(context, 503, "Billing cannot be reached", "The billing service did not answer. Try again in a few seconds.");
}
