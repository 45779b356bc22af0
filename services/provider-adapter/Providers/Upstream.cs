using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.ProviderAdapter.Calls;
using Gateway.Providers;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>One provider of the catalog with what lives as long as its entry: connections, breakers, calls in flight, refused credentials.</summary>
internal sealed class Upstream
{
    /// <summary>A connection is renewed after this long, so that a changed DNS entry is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than common servers keep an idle connection, so that a request hardly meets one that is just being closed.</summary>
    private static readonly TimeSpan ConnectionIdle = TimeSpan.FromSeconds(50);

    private volatile CallUrl? _lastUrl;
    private int _running;

    public Upstream(ProviderProfile profile, ProviderEntry entry, Breakers breakers, TimeProvider time, HttpMessageHandler? handler = null)
    {
        Profile = profile;
        Entry = entry;
        Breakers = breakers;
        IsNative = DialectNames.IsNative(entry.Dialect);
        Http = new HttpMessageInvoker(handler ?? Connections(entry));
        Credentials = new CredentialOrder(entry, time);
    }

    public string Name => Profile.Name;
    public ProviderProfile Profile { get; }
    public ProviderEntry Entry { get; }
    public Breakers Breakers { get; }
    public CredentialOrder Credentials { get; }
    public HttpMessageInvoker Http { get; }

    /// <summary>Whether the provider speaks the client's own format, so that Anthropic's headers mean something to it.</summary>
    public bool IsNative { get; }

    /// <summary>Where a call goes; null when the provider has no such operation.</summary>
    public Uri? Url(in CallRequest call)
    {
        // Mostly the same as the last.
        if (_lastUrl is { } last && last.Operation == call.Operation && last.Model == call.Model && last.Api == call.Api && last.Stream == call.Stream)
            return last.Url;
        if (Profile.Over(call.Api).Path(call.Operation, call.Model, call.Stream) is not { } path)
            return null;
        var url = new Uri(Profile.BaseUrl + path, UriKind.Absolute);
        _lastUrl = new CallUrl(call.Operation, call.Model, call.Api, call.Stream, url);
        return url;
    }

    /// <summary>Calls in flight.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Takes one of the provider's <c>maxConcurrency</c> places; false when none is free.</summary>
    public bool TryStart()
    {
        if (Interlocked.Increment(ref _running) <= (Entry.MaxConcurrency ?? int.MaxValue))
            return true;
        Interlocked.Decrement(ref _running);
        return false;
    }

    public void Finish() => Interlocked.Decrement(ref _running);

    private sealed record CallUrl(string Operation, string Model, string? Api, bool Stream, Uri Url);

    private static SocketsHttpHandler Connections(ProviderEntry entry) => new()
    {
        UseProxy = entry.Proxy != ProviderEntry.NoProxy,
        // Without one it goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
        Proxy = entry.Proxy is null or ProviderEntry.NoProxy ? null : ProxyOf(new Uri(entry.Proxy)),
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = entry.ClientCertificate is { } file ? [X509Certificate2.CreateFromPemFile(file)] : null,
        },
        ConnectTimeout = TimeSpan.FromMilliseconds(entry.Timeouts.ConnectMs),
        PooledConnectionLifetime = ConnectionLifetime,
        PooledConnectionIdleTimeout = ConnectionIdle,
        EnableMultipleHttp2Connections = true,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        // An answer nobody wants any more is dropped with its connection: read on, it would be generated, and billed, to its end.
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
        // Byte for byte what the other side wrote, also outside ASCII.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };

    private static WebProxy ProxyOf(Uri address)
    {
        var proxy = new WebProxy(address);
        if (address.UserInfo.Split(':', 2) is [{ Length: > 0 } name, .. var password])
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(name), Uri.UnescapeDataString(password.FirstOrDefault("")));
        return proxy;
    }
}
