using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Requests;

/// <summary>The <c>anthropic-version</c> header. Two versions are live; a client that sends none means the older (contract C3).</summary>
internal static class ApiVersion
{
    public static string Of(HttpRequest request, bool strict)
    {
        if (!request.Headers.TryGetValue("anthropic-version", out var value) || value.Count == 0 || value[0] is not { Length: > 0 } version)
        {
            return strict
                ? throw GatewayException.Invalid($"anthropic-version: header is required. Send {EnvelopeReader.Version2023} or {EnvelopeReader.Version2026}.")
                : EnvelopeReader.Version2023;
        }

        return version is EnvelopeReader.Version2023 or EnvelopeReader.Version2026
            ? version
            : throw GatewayException.Invalid(
                $"anthropic-version: '{version}' is not a valid version. Send {EnvelopeReader.Version2023} or {EnvelopeReader.Version2026}.");
    }
}
