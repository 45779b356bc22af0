using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gateway.Contracts.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting;

/// <summary>
/// Only the sidecar may call a service's internal endpoints: with <c>APP_API_TOKEN</c> set (as Dapr sets it for app and sidecar alike) a
/// call without that token gets 401. Health probes come from the kubelet and carry none, nor does Prometheus.
/// </summary>
public static class AppApiToken
{
    public const string Setting = "APP_API_TOKEN";
    private const string Header = "dapr-api-token";

    /// <param name="isInternal">Which paths are internal; all of them when null.</param>
    public static void UseAppApiToken(this WebApplication app, Func<PathString, bool>? isInternal = null)
    {
        if (app.Services.GetRequiredService<IConfiguration>()[Setting] is not { Length: > 0 } token)
            return;
        app.Use((context, next) =>
        {
            var path = context.Request.Path;
            if (path.StartsWithSegments("/healthz") || path == Telemetry.MetricsPath || isInternal?.Invoke(path) == false)
                return next(context);
            var given = context.Request.Headers[Header].ToString();
            return CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(given.AsSpan()), MemoryMarshal.AsBytes(token.AsSpan()))
                ? next(context)
                : ErrorResponse.SendAsync(
                    context.Response, ErrorKind.Authentication,
                    $"This endpoint takes calls from its Dapr sidecar only: the header {Header} is missing or wrong.", null);
        });
    }
}
