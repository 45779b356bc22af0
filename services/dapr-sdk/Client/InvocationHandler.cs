namespace Dapr.Client;

/// <summary>Sends a request for <c>http://{app-id}/path</c> to the sidecar's invocation API, untouched otherwise.</summary>
public class InvocationHandler : DelegatingHandler
{
    private string _endpoint;
    private Uri _parsedEndpoint;
    private volatile Pair? _last;

    public InvocationHandler()
    {
        _endpoint = Sidecar.HttpEndpoint();
        _parsedEndpoint = new Uri(_endpoint);
        DaprApiToken = Sidecar.ApiToken();
    }

    public string DaprEndpoint
    {
        get => _endpoint;
        set
        {
            Argument.ThrowIfNull(value, nameof(value));
            _parsedEndpoint = new Uri(value, UriKind.Absolute);
            _endpoint = value;
            _last = null;
        }
    }

    /// <summary>The app id whose casing is kept: a host name in a Uri is always lower case.</summary>
    public string? DefaultAppId { get; set; }

    internal string? DaprApiToken { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var original = request.RequestUri;
        var target = TargetOf(original)
            ?? throw new ArgumentException($"The request URI '{original}' is not a valid Dapr service invocation destination.", nameof(request));
        try
        {
            if (DaprApiToken is not null) request.Headers.Add(Sidecar.TokenHeader, DaprApiToken);
            request.RequestUri = target;
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = original;
            request.Headers.Remove(Sidecar.TokenHeader);
        }
    }

    /// <summary>A caller with routes of its own uses the same few objects over and over.</summary>
    private Uri? TargetOf(Uri? original)
    {
        if (_last is { } last && ReferenceEquals(last.Original, original)) return last.Target;

        var target = InvocationUri(original);
        if (target is not null) _last = new Pair(original!, target);
        return target;
    }

    internal Uri? InvocationUri(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true } || !DaprClientBuilder.IsHttp(uri)) return null;

        var appId = string.Equals(uri.Host, DefaultAppId, StringComparison.OrdinalIgnoreCase) ? DefaultAppId : uri.Host;
        return new UriBuilder(uri)
        {
            Scheme = _parsedEndpoint.Scheme,
            Host = _parsedEndpoint.Host,
            Port = _parsedEndpoint.Port,
            Path = $"/v1.0/invoke/{appId}/method{uri.AbsolutePath}",
        }.Uri;
    }

    private sealed record Pair(Uri Original, Uri Target);
}
