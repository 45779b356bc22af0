using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Errors of the admin API as problem details (RFC 9457).</summary>
internal static class Problems
{
    /// <summary>Errors thrown on the way, most of all by a sidecar or store that is not there: 503 says that it is worth asking again.</summary>
    public static ProblemHttpResult Unavailable() => Of(
        StatusCodes.Status503ServiceUnavailable,
        "Billing cannot reach its state store or its sidecar.",
        "Ask again in a moment.");

    public static ProblemHttpResult Of(int status, string title, string? detail = null) =>
        TypedResults.Problem(title: title, detail: detail, statusCode: status, type: "about:blank");
}
