using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.ProviderAdapter.Calls;
using Gateway.ProviderAdapter.Clouds;
using Gateway.Providers;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>One provider of the catalog with what lives as long as its entry: connections, breakers, calls in flight, refused credentials.</summary>
internal sealed class Upstream
{
    private const int KeepAliveSeconds = 45;

    /// <summary>By the name of the secret they are made of; by none where there is none.</summary>
    private readonly ConcurrentDictionary<string, (string? Secret, CloudKey? Key)> _cloudKeys = new(StringComparer.Ordinal);

    private readonly CloudKeys _clouds;
    private volatile CallUrl? _lastUrl;
    private int _running;

    public Upstream(
        ProviderProfile profile, ProviderEntry entry, Breakers breakers, CloudKeys clouds, TimeProvider time, HttpMessageHandler? handler = null)
    {
        _clouds = clouds;
        Profile = profile;
        Entry = entry;
        AccountId = AccountIds.OfProvider(profile.Name);
        Breakers = breakers;
        IsNative = DialectNames.IsNative(entry.Dialect);
        Http = new HttpMessageInvoker(handler ?? ConnectionsOf(entry, inCloud: profile.Login is not null));
        Credentials = new CredentialOrder(entry, time);
    }

    public string Name => Profile.Name;

    /// <summary>Where the places of all adapters are counted.</summary>
    public string AccountId { get; }

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

    /// <summary>What signs its requests, or gets their tokens; null where a secret is sent as it is, or nothing.</summary>
    /// <param name="name">Of the secret; null where there is none.</param>
    /// <param name="secret">Its value.</param>
    public CloudKey? CloudKeyOf(string? name, string? secret)
    {
        if (Profile.Login is not { } login)
            return null;
        var key = name ?? "";
        if (_cloudKeys.TryGetValue(key, out var known) && known.Secret == secret)
            return known.Key;
        return _cloudKeys.AddOrUpdate(
            key,
            _ => (secret, _clouds.For(Name, login, Entry, secret)),
            (_, old) => old.Secret == secret ? old : (secret, _clouds.For(Name, login, Entry, secret))).Key;
    }

    /// <summary>Why its cloud gives no credentials.</summary>
    public IEnumerable<string> CloudProblems => _cloudKeys.Values.Select(k => k.Key?.Problem).OfType<string>();

    /// <summary>Calls in flight.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Takes one of the places that this adapter may have at the most, which are all of the provider's; false when none is free.</summary>
    public bool TryStart()
    {
        if (Interlocked.Increment(ref _running) <= (Entry.MaxConcurrency ?? int.MaxValue))
            return true;
        Interlocked.Decrement(ref _running);
        return false;
    }

    public void Finish() => Interlocked.Decrement(ref _running);

    private sealed record CallUrl(string Operation, string Model, string? Api, bool Stream, Uri Url);

    private static SocketsHttpHandler ConnectionsOf(ProviderEntry entry, bool inCloud)
    {
        var connections = Connections.Of(entry.Proxy, entry.Timeouts.ConnectMs);
        if (entry.ClientCertificate is { } file)
            connections.SslOptions = new SslClientAuthenticationOptions { ClientCertificates = [X509Certificate2.CreateFromPemFile(file)] };
        if (inCloud)
            connections.ConnectCallback = ConnectAsync;
        return connections;
    }

    /// <summary>
    /// Gateways and balancers in clouds forget a connection on which nothing was said for 350 s, and tell nobody; a whole answer may take longer to come.
    /// https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
