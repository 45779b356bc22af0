using System.Net;
using Gateway.Contracts.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Hosting;

/// <summary>
/// By which names a service is called over a loopback address. A page in a browser can give a name of its own this machine's address (DNS
/// rebinding), and would then be of one origin with whatever listens here; its requests still carry its name.
/// </summary>
public sealed class HostNames(ServiceSettings settings) : IStartupFilter
{
    private readonly string[] _more = settings.Hosts?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (!_more.Contains("*"))
            app.Use(next => context => IsRefused(context) ? RefuseAsync(context) : next(context));
        next(app);
    };

    /// <summary>Whether a <c>Host</c> header names this machine itself.</summary>
    public static bool IsLocal(string host) =>
        NameIn(host) is var name
        && (name.IsEmpty || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name is "127.0.0.1" or "[::1]"
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address)));

    private bool IsRefused(HttpContext context)
    {
        // Without a socket (a call within the process, a Unix socket) there is no address that a name could be given.
        if (context.Features.Get<IHttpConnectionFeature>()?.LocalIpAddress is not { } address || !IPAddress.IsLoopback(address))
            return false;
        var host = context.Request.Headers.Host.ToString();
        if (IsLocal(host))
            return false;
        foreach (var name in _more)
        {
            if (NameIn(host).Equals(name, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    private static Task RefuseAsync(HttpContext context) => ErrorResponse.SendAsync(
        context.Response, ErrorKind.InvalidRequest,
        $"host: '{context.Request.Host}' is not a name that this gateway is called by on this machine. Use localhost, or add the name to GATEWAY_HOSTS.", null);

    private static ReadOnlySpan<char> NameIn(string host)
    {
        var end = host.IndexOf(host.StartsWith('[') ? ']' : ':', StringComparison.Ordinal);
        return end < 0 ? host : host.AsSpan(0, host[end] == ']' ? end + 1 : end);
    }
}
