using Microsoft.AspNetCore.Mvc;

namespace Gateway.Ingress.Endpoints;

/// <summary>Errors of the admin API: problem details (RFC 9457).</summary>
internal static class AdminProblem
{
    public static Task RespondAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return TypedResults.Problem(new ProblemDetails { Status = status, Title = title, Detail = detail, Instance = context.Request.Path }).ExecuteAsync(context);
    }
}
