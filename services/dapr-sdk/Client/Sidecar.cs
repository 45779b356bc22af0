using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Dapr;

/// <summary>Where the sidecar listens and with which token, as the configuration or the environment says.</summary>
internal static class Sidecar
{
    public const string TokenHeader = "dapr-api-token";

    private const int DefaultHttpPort = 3500;
    private const int DefaultGrpcPort = 50001;

    public static string? ApiToken(IConfiguration? configuration = null) =>
        Setting(configuration, "DAPR_API_TOKEN") is { Length: > 0 } token ? token : null;

    public static string HttpEndpoint(IConfiguration? configuration = null) =>
        Endpoint(Setting(configuration, "DAPR_HTTP_ENDPOINT"), Setting(configuration, "DAPR_HTTP_PORT"), DefaultHttpPort);

    public static string GrpcEndpoint(IConfiguration? configuration = null) =>
        Endpoint(Setting(configuration, "DAPR_GRPC_ENDPOINT"), Setting(configuration, "DAPR_GRPC_PORT"), DefaultGrpcPort);

    /// <summary>A host that runs the sidecar in this process may leave a shorter way to it here.</summary>
    public static HttpMessageHandler Handler(HttpMessageHandler sockets) =>
        AppContext.GetData("Dapr.HttpMessageHandler") is Func<HttpMessageHandler, HttpMessageHandler> wrap ? wrap(sockets) : sockets;

    private static string? Setting(IConfiguration? configuration, string name) =>
        configuration?[name] is { Length: > 0 } configured ? configured : Environment.GetEnvironmentVariable(name);

    // Only scheme, host and port count; the result ends in a slash, which the actor paths show as "//v1.0".
    private static string Endpoint(string? endpoint, string? port, int defaultPort)
    {
        if (!string.IsNullOrWhiteSpace(endpoint))
        {
            var given = new Uri(endpoint);
            return new UriBuilder(given.Scheme, given.Host, given.Port).ToString();
        }

        var chosen = string.IsNullOrWhiteSpace(port) ? defaultPort : int.Parse(port, CultureInfo.InvariantCulture);
        return new UriBuilder(Uri.UriSchemeHttp, "localhost", chosen).ToString();
    }
}
