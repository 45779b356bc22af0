using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Billing.Admin;

/// <summary>
/// A request's body as text. It is read where the settings in force are at hand, so that a merge patch meets them in its own turn;
/// <typeparamref name="T"/> is what it should be, for the description.
/// </summary>
internal sealed class JsonBody<T> : IEndpointParameterMetadataProvider
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public required string Text { get; init; }

    /// <summary>Null when nothing was sent, where the handler allows that.</summary>
    /// <exception cref="BadHttpRequestException">The bytes are no UTF-8, or more than the server takes.</exception>
    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        try
        {
            using var reader = new StreamReader(context.Request.Body, Utf8);
            var text = await reader.ReadToEndAsync(context.RequestAborted);
            return IsOptional(parameter) && string.IsNullOrWhiteSpace(text) ? null : new() { Text = text };
        }
        catch (DecoderFallbackException)
        {
            throw new BadHttpRequestException("The body is not UTF-8. Send JSON in UTF-8.");
        }
    }

    /// <summary>Nothing else is taken: a form of a page in a browser is sent without asking, JSON is not.</summary>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T), IsOptional(parameter)));

    private static bool IsOptional(ParameterInfo parameter) => new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
}
