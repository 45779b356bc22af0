using System.Globalization;
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

    /// <summary>The URI by which a client of <see cref="ServiceClients"/> calls one of our own routes.</summary>
    public static Uri InvokeUri(string appId, string path) => new($"http://{appId}{path}");

    /// <summary>How long the body of a call from one of our services is, if that is known before it has come.</summary>
    public static long? LengthOf(HttpRequest request) =>
        request.ContentLength
            ?? (long.TryParse(request.Headers[GatewayHeaders.BodyBytes].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? length
                : null);

    public static string? ApiToken(IConfiguration configuration) => configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;
}
