using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.SignIn;

namespace Gateway.Ingress.SignIn;

/// <summary>Answers of the endpoints that clients of OAuth call, in its form.</summary>
internal static class OAuthAnswers
{
    public static Task SendAsync<T>(HttpContext context, T answer, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, string error, string description, int? status = null) => SendAsync(
        context,
        new OAuthError(error, description),
        status ?? error switch
        {
            TokenErrors.InvalidGrant => StatusCodes.Status401Unauthorized,
            TokenErrors.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        });

    private static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private sealed record OAuthError(string Error, string ErrorDescription);
}
