using System.Globalization;
using Dapr.Client;
using Microsoft.Extensions.Configuration;

namespace Gateway.Contracts.Hosting;

/// <summary>The service's own Dapr sidecar, as the standard variables name it.</summary>
public static class Sidecar
{
    public const int DefaultHttpPort = 3500;

    /// <summary><c>DAPR_HTTP_ENDPOINT</c>, else <c>DAPR_HTTP_PORT</c> on this machine.</summary>
    public static string HttpEndpoint(IConfiguration configuration)
    {
        if (configuration["DAPR_HTTP_ENDPOINT"] is { Length: > 0 } endpoint)
            return endpoint;
        var port = configuration["DAPR_HTTP_PORT"] is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : DefaultHttpPort;
        return $"http://127.0.0.1:{port}";
    }

    public static string? ApiToken(IConfiguration configuration) => configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;

    /// <summary>
    /// A client for service invocation of <paramref name="appId"/>; keep it for the life of the process. It has no timeout of its own:
    /// one over the whole call would cut streams, and the callers have their own per phase.
    /// </summary>
    public static HttpClient CreateInvokeClient(IConfiguration configuration, string appId)
    {
        var client = DaprClient.CreateInvokeHttpClient(appId, HttpEndpoint(configuration), ApiToken(configuration));
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }
}
