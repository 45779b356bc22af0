using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Dapr.Client;

public sealed class DaprClientBuilder
{
    private string _httpEndpoint;
    private string _grpcEndpoint;
    private string? _apiToken;
    private TimeSpan _timeout;
    private JsonSerializerOptions _jsonOptions = new(JsonSerializerDefaults.Web);

    public DaprClientBuilder() : this(null) { }

    internal DaprClientBuilder(IConfiguration? configuration)
    {
        _httpEndpoint = Sidecar.HttpEndpoint(configuration);
        _grpcEndpoint = Sidecar.GrpcEndpoint(configuration);
        _apiToken = Sidecar.ApiToken(configuration);
    }

    public DaprClientBuilder UseHttpEndpoint(string httpEndpoint)
    {
        Argument.ThrowIfNullOrEmpty(httpEndpoint, nameof(httpEndpoint));
        _httpEndpoint = httpEndpoint;
        return this;
    }

    /// <summary>Checked, but not called: everything this client does goes over the sidecar's HTTP API.</summary>
    public DaprClientBuilder UseGrpcEndpoint(string grpcEndpoint)
    {
        Argument.ThrowIfNullOrEmpty(grpcEndpoint, nameof(grpcEndpoint));
        _grpcEndpoint = grpcEndpoint;
        return this;
    }

    public DaprClientBuilder UseJsonSerializationOptions(JsonSerializerOptions options)
    {
        _jsonOptions = options;
        return this;
    }

    public DaprClientBuilder UseDaprApiToken(string apiToken)
    {
        _apiToken = apiToken;
        return this;
    }

    public DaprClientBuilder UseTimeout(TimeSpan timeout)
    {
        _timeout = timeout;
        return this;
    }

    public DaprClient Build()
    {
        if (!IsHttp(new Uri(_grpcEndpoint))) throw new InvalidOperationException("The gRPC endpoint must use http or https.");
        var endpoint = new Uri(_httpEndpoint);
        if (!IsHttp(endpoint)) throw new InvalidOperationException("The HTTP endpoint must use http or https.");

        return new DaprHttpClient(endpoint, string.IsNullOrWhiteSpace(_apiToken) ? null : _apiToken, _timeout, _jsonOptions);
    }

    internal static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;
}
