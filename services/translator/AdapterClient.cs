using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Translator;

/// <summary>Calls a provider-adapter through the sidecar.</summary>
internal sealed class AdapterClient(ServiceClients clients)
{
    /// <summary>Returns when the headers of the answer are there; the caller owns it.</summary>
    /// <param name="written">The body. Is disposed here.</param>
    /// <exception cref="GatewayException">The sidecar could not be reached, or it answered instead of the adapter.</exception>
    public async Task<HttpResponseMessage> SendAsync(TranslationRequest request, string operation, PooledBuffer written, CancellationToken cancellationToken)
    {
        using var body = written;
        using var message = new HttpRequestMessage(HttpMethod.Post, Sidecar.InvokeUri(request.AdapterApp, InternalRoutes.Call))
        {
            Content = new PooledContent(body),
        };
        message.Headers.TransferEncodingChunked = true;
        // Exactly text/event-stream would cost every error its status (rule E171).
        message.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        message.Headers.TryAddWithoutValidation(GatewayHeaders.RequestId, request.RequestId);
        message.Headers.TryAddWithoutValidation(GatewayHeaders.Provider, request.Call.Provider.Name);
        message.Headers.TryAddWithoutValidation(GatewayHeaders.UpstreamModel, request.Call.UpstreamModel);
        message.Headers.TryAddWithoutValidation(GatewayHeaders.Operation, operation);
        message.Headers.TryAddWithoutValidation(GatewayHeaders.Stream, request.Call.Streams ? "true" : "false");
        if (request.Call.Adjustments.Over is { } api)
            message.Headers.TryAddWithoutValidation(GatewayHeaders.Api, api);
        if (request.Affinity is { } affinity)
            message.Headers.TryAddWithoutValidation(GatewayHeaders.Affinity, affinity);
        message.Headers.TryAddWithoutValidation(GatewayHeaders.BodyBytes, body.WrittenCount.ToString(CultureInfo.InvariantCulture));
        HttpResponseMessage response;
        try
        {
            response = await clients.For(request.AdapterApp).SendAsync(message, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new GatewayException(ErrorKind.ServiceUnavailable, "The provider adapter could not be reached.", e);
        }

        if (Origin(response) is null)
        {
            using (response)
                throw new GatewayException(ErrorKind.ServiceUnavailable, $"The provider adapter could not be reached ({(int)response.StatusCode}).");
        }

        return response;
    }

    public static string? Origin(HttpResponseMessage response) => Header(response, GatewayHeaders.Origin);

    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    public static int Attempts(HttpResponseMessage response) =>
        int.TryParse(Header(response, GatewayHeaders.Attempts), NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) ? attempts : 1;
}
