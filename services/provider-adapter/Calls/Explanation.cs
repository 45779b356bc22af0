using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>Shows a request as it would be sent, signed, without what must stay secret.</summary>
internal static partial class Explanation
{
    private const string Cover = "***";

    public static async Task WriteAsync(HttpContext context, CallRequest call, Upstream upstream, Uri url, Outgoing outgoing, CredentialTries tries)
    {
        string? problem = null;
        HttpRequestMessage? request = null;
        try
        {
            if (await tries.StartAsync())
                (request, _) = await Attempt.PrepareAsync(upstream, url, context.Request.Headers, outgoing, tries, context.RequestAborted);
            else
                problem = $"Provider '{upstream.Name}' has no credential.";
        }
        catch (GatewayException e)
        {
            problem = e.Message;
        }

        using (request)
        {
            context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
            context.Response.ContentType = "application/json";
            await using var json = new Utf8JsonWriter(context.Response.BodyWriter, GatewayJson.WriterOptions);
            json.WriteStartObject();
            json.WriteString("provider"u8, upstream.Name);
            json.WriteString("dialect"u8, upstream.Entry.Dialect);
            json.WriteString("model"u8, call.Model);
            json.WriteString("method"u8, "POST"u8);
            json.WriteString("url"u8, url.AbsoluteUri);
            if (problem is not null)
                json.WriteString("problem"u8, problem);
            if (request is not null)
                WriteHeaders(json, request);
            json.WriteStartArray("dropped"u8);
            foreach (var name in context.Request.Headers[GatewayHeaders.Dropped].Concat(outgoing.Door?.Dropped ?? []))
                json.WriteStringValue(name);
            json.WriteEndArray();
            json.WritePropertyName("body"u8);
            json.WriteRawValue(outgoing.Body.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
    }

    private static void WriteHeaders(Utf8JsonWriter json, HttpRequestMessage request)
    {
        json.WriteStartObject("headers"u8);
        foreach (var (name, values) in request.Headers.NonValidated.Concat(request.Content!.Headers.NonValidated))
            json.WriteString(name.ToLowerInvariant(), IsSecret(name) ? Covered(values.ToString()) : values.ToString());
        json.WriteEndObject();
    }

    private static bool IsSecret(string name) => UpstreamRegistry.MayBeSecret(name);

    /// <summary>Of a signature its scope and its headers may be seen, of anything else only its kind.</summary>
    private static string Covered(string value)
    {
        if (value.StartsWith("AWS4-HMAC-SHA256", StringComparison.Ordinal))
            return Signed().Replace(value, $"$1{Cover}");
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? value[..(space + 1)] + Cover : Cover;
    }

    [GeneratedRegex("(Credential=|Signature=)[^/, ]+")]
    private static partial Regex Signed();
}
