using System.Globalization;
using Dapr.Client;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>The service's own Dapr sidecar, as the standard variables name it.</summary>
public static class Sidecar
{
    /// <summary><c>DAPR_HTTP_ENDPOINT</c>, else <c>DAPR_HTTP_PORT</c> on this machine.</summary>
    public static string HttpEndpoint(IConfiguration configuration)
    {
        var settings = Settings.Read<ServiceSettings>(configuration);
        return settings.DaprHttpEndpoint ?? $"http://127.0.0.1:{settings.DaprHttpPort}";
    }

    /// <summary>The URI by which a client of <see cref="CreateInvokeClient"/> calls one of our own routes.</summary>
    public static Uri InvokeUri(string appId, string path) => new($"http://{appId}{path}");

    /// <summary>How long the body of a call from one of our services is, if that is known before it has come.</summary>
    public static long? LengthOf(HttpRequest request) =>
        request.ContentLength
            ?? (long.TryParse(request.Headers[GatewayHeaders.BodyBytes].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? length
                : null);

    public static string? ApiToken(IConfiguration configuration) => configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;

    /// <summary>
    /// A client for service invocation of <paramref name="appId"/> by <c>http://{appId}/path</c>; keep it for the life of the process. It
    /// returns with the headers of the answer and has no timeout of its own: one over the whole call would cut streams, and the callers have
    /// their own per phase.
    /// </summary>
    public static HttpMessageInvoker CreateInvokeClient(IConfiguration configuration, string appId)
    {
        HttpMessageHandler transport = new SocketsHttpHandler
        {
            // One client serves everybody: nothing of one caller's answer may reach another's request.
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = false,
            // A stream that is left early is given up at once, so that the provider is not paid for what nobody reads.
            ResponseDrainTimeout = TimeSpan.Zero,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        };
        if (ServiceTransport.Current is { } local)
            transport = local.Handler(transport);
        if (ApiToken(configuration) is { } token)
            transport = new TokenHandler(token) { InnerHandler = transport };
        return new HttpMessageInvoker(new InvocationHandler { DaprEndpoint = HttpEndpoint(configuration), DefaultAppId = appId, InnerHandler = transport });
    }

    /// <summary>The SDK's handler knows the token of the environment only; a setting may name another.</summary>
    private sealed class TokenHandler(string token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Remove("dapr-api-token");
            request.Headers.TryAddWithoutValidation("dapr-api-token", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
