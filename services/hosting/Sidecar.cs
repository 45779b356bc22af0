using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

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

    private static readonly ConcurrentDictionary<(string AppId, string Path), Uri> Routes = new();

    /// <summary>The URI by which a client of <see cref="ServiceClients"/> calls one of our own routes, of which there are few.</summary>
    public static Uri InvokeUri(string appId, string path) =>
        Routes.GetOrAdd((appId, path), static route => new Uri($"http://{route.AppId}{route.Path}"));

    /// <summary>How long the body of a call from one of our services is, if that is known before it has come.</summary>
    public static long? LengthOf(HttpRequest request)
    {
        if (request.ContentLength is { } known)
            return known;
        var told = request.Headers[GatewayHeaders.BodyBytes].ToString();
        return long.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
    }

    public static string? ApiToken(IConfiguration configuration) => configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;
}
