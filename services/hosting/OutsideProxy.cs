using System.Net;

namespace Gateway.Hosting;

/// <summary>
/// The proxy of the environment (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>) for what leaves this machine. The sidecar, which its
/// client would look for through the proxy as well, and a model server on this machine do not.
/// </summary>
internal sealed class OutsideProxy(IWebProxy environment) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => environment.Credentials;
        set => environment.Credentials = value;
    }

    /// <summary>From now on, for the process.</summary>
    public static void Use()
    {
        if (HttpClient.DefaultProxy is not OutsideProxy)
            HttpClient.DefaultProxy = new OutsideProxy(HttpClient.DefaultProxy);
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : environment.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || environment.IsBypassed(host);
}
