using System.Net.Http.Headers;

namespace Gateway.Local.Sidecar;

/// <summary>The way to one app: its address once it listens, and the small calls that the sidecar makes of its own (events, actors, configuration).</summary>
internal sealed class AppChannel(string appId, HttpMessageInvoker http, string? appApiToken)
{
    private volatile Uri? _address;
    private volatile string? _origin;
    private volatile HttpMessageInvoker? _door;
    private volatile bool _isHealthy = true;

    public string AppId { get; } = appId;

    /// <summary>Null until the app has been attached.</summary>
    public Uri? Address => _address;

    /// <summary>False: a health check is on, and the app has not passed it.</summary>
    public bool IsHealthy
    {
        get => _isHealthy;
        set => _isHealthy = value;
    }

    public string? AppApiToken { get; } = appApiToken;

    /// <summary>The address as text, without a trailing slash; null until the app has been attached.</summary>
    public string? Origin => _origin;

    /// <summary>To the app's server without a socket; null where it is no app of this process.</summary>
    public HttpMessageInvoker? Door => _door;

    public void Attach(Uri address, HttpMessageHandler? door)
    {
        _address = address;
        _door = door is null ? null : new HttpMessageInvoker(door);
        _origin = address.GetLeftPart(UriPartial.Authority);
    }

    /// <exception cref="HttpRequestException">The app cannot be reached, or broke off.</exception>
    public async Task<AppAnswer> CallAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body, string? contentType, IEnumerable<KeyValuePair<string, string>>? headers,
        CancellationToken cancellation)
    {
        var address = _address ?? throw new HttpRequestException("app channel not initialized");
        using var request = new HttpRequestMessage(method, new Uri(address, "/" + path.TrimStart('/')));
        if (body is { } bytes || contentType is not null)
        {
            request.Content = new ReadOnlyMemoryContent(body ?? ReadOnlyMemory<byte>.Empty);
            if (contentType is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        request.Headers.TryAddWithoutValidation("User-Agent", "Go-http-client/1.1");
        request.Headers.TryAddWithoutValidation("Traceparent", TraceContext.None);
        foreach (var (name, value) in headers ?? [])
            Add(request, name, value);
        if (AppApiToken is not null)
        {
            request.Headers.Remove("Dapr-Api-Token");
            request.Headers.TryAddWithoutValidation("Dapr-Api-Token", AppApiToken);
        }

        using var response = await (_door ?? http).SendAsync(request, cancellation);
        return new AppAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), response.Headers, response.Content.Headers);
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        // Content headers (Content-Language and the like) are refused there and taken here.
        if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
            content.Headers.TryAddWithoutValidation(name, value);
    }

    internal readonly record struct AppAnswer(int Status, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
    {
        public bool IsSuccess => Status is >= 200 and < 300;
    }
}
