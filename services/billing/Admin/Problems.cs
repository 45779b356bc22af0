namespace Gateway.Billing.Admin;

/// <summary>Errors of the admin API as problem details (RFC 9457).</summary>
internal static class Problems
{
    public static IResult Invalid(IDictionary<string, string[]> errors) =>
        Results.ValidationProblem(errors, title: "The request has mistakes; errors names the fields.", type: "about:blank");

    public static IResult Invalid(string field, string mistake) => Invalid(new Dictionary<string, string[]> { [field] = [mistake] });

    public static IResult NotFound(string what) => Results.Problem(title: $"There is no {what}.", statusCode: StatusCodes.Status404NotFound, type: "about:blank");

    public static IResult Conflict(string why) => Results.Problem(title: why, statusCode: StatusCodes.Status409Conflict, type: "about:blank");

    /// <summary>Errors thrown on the way, most of all by a sidecar or store that is not there: 503 says that it is worth asking again.</summary>
    public static IResult Unavailable() => Results.Problem(
        title: "Billing cannot reach its state store or its sidecar. Ask again in a moment.",
        statusCode: StatusCodes.Status503ServiceUnavailable,
        type: "about:blank");
}
