using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Json;
using Gateway.Contracts.Web;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.ProviderAdapter.Web;

/// <summary>
/// Reads a page of the web for a model, which may have been told by anybody which page that is.
/// <code>
///   url ─► scheme, port, domains ─► robots.txt ─► connect: only to a public address ─► status ─► type ─► at most so many bytes ─► text
///    ▲                                                                                   │
///    └──────────────── a redirect, at most five: all of it again ◄───────────────────────┘
/// </code>
/// The address is looked at where the connection is made, so no name can mean one address when it is checked and another when it is used.
/// </summary>
internal sealed class WebFetch(CatalogSource catalog, SecretMask mask, TimeProvider time, ILogger<WebFetch> log)
{
    private const int MaxRedirects = 5;
    private const int MaxTitle = 300;
    private const int ConnectMs = 5_000;

    private volatile Reader? _reader;

    public async Task<WebFetchAnswer> ReadAsync(WebFetchCall call, CancellationToken cancellationToken)
    {
        if (catalog.Current.File.Fetch is not { } entry)
            return new WebFetchAnswer { Error = WebErrors.Unavailable };
        if (!Uri.TryCreate(call.Url, UriKind.Absolute, out var url))
            return new WebFetchAnswer { Error = WebErrors.InvalidInput };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMilliseconds(entry.TimeoutMs));
        try
        {
            return await ReaderOf(entry).ReadAsync(call, url, limit.Token);
        }
        catch (PageException e)
        {
            Log.PageNotRead(log, url.IdnHost, e.Message);
            return new WebFetchAnswer { Error = e.Error };
        }
        catch (Exception e) when (Refusal(e) is { } refusal)
        {
            Log.PageNotRead(log, url.IdnHost, refusal.Message);
            return new WebFetchAnswer { Error = refusal.Error };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or SocketException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Log.PageNotRead(log, url.IdnHost, e is OperationCanceledException ? $"not read within {entry.TimeoutMs} ms" : LogText.Of(e.Message, 200)!);
            return new WebFetchAnswer { Error = WebErrors.UrlNotAccessible };
        }
    }

    /// <summary>What the check of the address has thrown; the client that connects wraps it.</summary>
    private static PageException? Refusal(Exception e) => e is HttpRequestException { InnerException: PageException inner } ? inner : null;

    private Reader ReaderOf(FetchEntry entry)
    {
        var reader = _reader;
        if (reader is not null && ReferenceEquals(reader.Entry, entry))
            return reader;
        if (Connections.ProxyPassword(entry.Proxy) is { } password)
            mask.Learn(password);
        return _reader = new Reader(entry, time);
    }

    /// <summary>The connections and what robots have been told, for as long as the catalog's entry is in force.</summary>
#pragma warning disable CA1001 // One that was replaced is left to the calls still running on it; its idle connections close by themselves.
    private sealed class Reader
#pragma warning restore CA1001
    {
        private readonly HttpMessageInvoker _http;
        private readonly Robots _robots;
        private readonly IPNetwork[] _networks;
        private readonly DomainFilter _domains;

        public Reader(FetchEntry entry, TimeProvider time)
        {
            Entry = entry;
            _networks = [.. (entry.Networks ?? []).Select(n => IPNetwork.Parse(n))];
            _domains = new DomainFilter(entry.AllowedDomains, entry.BlockedDomains);
            var connections = Connections.Of(entry.Proxy ?? ProviderEntry.NoProxy, ConnectMs);
            // A small body may become a huge one: it is unpacked as it is read, and read to the limit only.
            connections.AutomaticDecompression = DecompressionMethods.All;
            if (entry.Proxy is null or ProviderEntry.NoProxy)
                connections.ConnectCallback = ConnectAsync;
            _http = new HttpMessageInvoker(connections);
            _robots = new Robots(entry.Agent, time);
        }

        public FetchEntry Entry { get; }

        public async Task<WebFetchAnswer> ReadAsync(WebFetchCall call, Uri url, CancellationToken cancellationToken)
        {
            var wanted = new DomainFilter(call.AllowedDomains, call.BlockedDomains);
            using var response = await FollowAsync(url, wanted, Entry.Robots, cancellationToken);
            var at = response.RequestMessage!.RequestUri!;
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
                throw new PageException(WebErrors.TooManyRequests, "status 429");
            if (response.StatusCode != HttpStatusCode.OK)
                throw new PageException(WebErrors.UrlNotAccessible, $"status {(int)response.StatusCode}");

            var type = response.Content.Headers.ContentType;
            var kind = KindOf(type?.MediaType);
            if (kind == PageKind.Unknown || (kind == PageKind.Pdf && !call.Pdf))
                throw new PageException(WebErrors.UnsupportedContentType, $"its type is {LogText.Of(type?.MediaType ?? "not said", 60)}");
            using var body = new PooledBuffer(64 * 1024);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var whole = await body.TryReadAsync(stream, Entry.MaxBytes, cancellationToken);
            if (!whole)
                throw new PageException(WebErrors.ContentTooLarge, $"it is larger than {Entry.MaxBytes} bytes");
            return Answer(at, type, kind, body.WrittenMemory, call.MaxCharacters);
        }

        private WebFetchAnswer Answer(Uri at, MediaTypeHeaderValue? type, PageKind kind, ReadOnlyMemory<byte> body, int maxCharacters)
        {
            var answer = new WebFetchAnswer { Url = at.AbsoluteUri, RetrievedAt = _robots.Time.GetUtcNow() };
            if (kind == PageKind.Pdf)
                return answer with { Pdf = Convert.ToBase64String(body.Span) };
            var text = PageEncoding.Decode(body.Span, type?.CharSet, kind == PageKind.Html);
            if (kind != PageKind.Html)
                return answer with { Text = WebSearch.Cut(text, maxCharacters) };
            var page = HtmlText.Read(text, at, maxCharacters);
            return answer with { Title = page.Title is null ? null : WebSearch.Cut(page.Title, MaxTitle), Text = page.Text };
        }

        /// <summary>The answer at the end of all redirects.</summary>
        private async Task<HttpResponseMessage> FollowAsync(Uri url, DomainFilter wanted, bool askRobots, CancellationToken cancellationToken)
        {
            for (var redirects = 0; ; redirects++)
            {
                Check(url, wanted);
                if (askRobots && !await _robots.AllowAsync(url, RobotsOfAsync, cancellationToken))
                    throw new PageException(WebErrors.UrlNotAllowed, "its robots.txt forbids it");
                using var request = new HttpRequestMessage(HttpMethod.Get, url);
                request.Headers.TryAddWithoutValidation("User-Agent", Entry.Agent);
                request.Headers.TryAddWithoutValidation("Accept", "text/markdown, text/html, text/plain, application/pdf, */*;q=0.1");
                var response = await _http.SendAsync(request, cancellationToken);
                response.RequestMessage ??= request;
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                    return response;
                response.Dispose();
                if (redirects == MaxRedirects)
                    throw new PageException(WebErrors.UrlNotAccessible, $"it leads on more than {MaxRedirects} times");
                url = location.IsAbsoluteUri ? location : new Uri(url, location);
            }
        }

        /// <summary>The robots.txt of a site; null where it has none, which allows all.</summary>
        private async Task<string?> RobotsOfAsync(Uri site, CancellationToken cancellationToken)
        {
            using var response = await FollowAsync(new Uri(site, "/robots.txt"), new DomainFilter(null, null), askRobots: false, cancellationToken);
            if ((int)response.StatusCode is >= 400 and < 500 && response.StatusCode != HttpStatusCode.TooManyRequests)
                return null;
            if (response.StatusCode != HttpStatusCode.OK)
                throw new PageException(WebErrors.UrlNotAccessible, $"its robots.txt has status {(int)response.StatusCode}");
            using var body = new PooledBuffer(4 * 1024);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            // What is over the limit does not count.
            await body.TryReadAsync(stream, Robots.MaxBytes, cancellationToken);
            return Encoding.UTF8.GetString(body.WrittenSpan);
        }

        private void Check(Uri url, DomainFilter wanted)
        {
            if (url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
                throw new PageException(WebErrors.UrlNotAllowed, "only http and https are read, without credentials");
            if (!Entry.Ports.Contains(url.Port))
                throw new PageException(WebErrors.UrlNotAllowed, $"port {url.Port} is not among fetch.ports");
            if (!wanted.Allows(url) || !_domains.Allows(url))
                throw new PageException(WebErrors.UrlNotAllowed, "its domain is not allowed");
            if (IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) && !PublicAddresses.Allows(address, _networks))
                throw new PageException(WebErrors.UrlNotAllowed, "its address is not public");
        }

        private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            var host = context.DnsEndPoint;
            var addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken);
            var allowed = addresses.Where(a => PublicAddresses.Allows(a, _networks)).ToArray();
            if (allowed.Length == 0)
                throw new PageException(
                    addresses.Length == 0 ? WebErrors.UrlNotAccessible : WebErrors.UrlNotAllowed,
                    addresses.Length == 0 ? "its name has no address" : "its address is not public");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, host.Port, cancellationToken);
                if (socket.RemoteEndPoint is not IPEndPoint { Address: var reached } || !PublicAddresses.Allows(reached, _networks))
                    throw new PageException(WebErrors.UrlNotAllowed, "its address is not public");
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        private static PageKind KindOf(string? mediaType) => mediaType?.ToLowerInvariant() switch
        {
            "text/html" or "application/xhtml+xml" => PageKind.Html,
            "application/pdf" => PageKind.Pdf,
            null => PageKind.Unknown,
            "application/json" or "application/xml" or "application/javascript" or "application/x-ndjson" or "application/yaml" => PageKind.Text,
            var other when other.StartsWith("text/", StringComparison.Ordinal) => PageKind.Text,
            var other when other.EndsWith("+json", StringComparison.Ordinal) || other.EndsWith("+xml", StringComparison.Ordinal) => PageKind.Text,
            _ => PageKind.Unknown,
        };
    }

    private enum PageKind
    {
        Unknown,
        Html,
        Text,
        Pdf,
    }
}
