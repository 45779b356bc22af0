using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Billing.Admin;

/// <summary>400: <c>errors</c> names each field or parameter, and what it should be.</summary>
internal sealed class InvalidProblem(IDictionary<string, string[]> errors) : IResult, IEndpointMetadataProvider
{
    public InvalidProblem(string field, string mistake)
        : this(new Dictionary<string, string[]> { [field] = [mistake] })
    {
    }

    public Task ExecuteAsync(HttpContext httpContext) =>
        TypedResults.ValidationProblem(errors, title: "The request has mistakes; errors names the fields.", type: "about:blank").ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(HttpValidationProblemDetails), ["application/problem+json"]));
}
