using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Client;

/// <summary>The sidecar's building blocks: service invocation, publish, state, secrets, health.</summary>
public abstract class DaprClient : IDisposable
{
    private bool _disposed;

    public abstract JsonSerializerOptions JsonSerializerOptions { get; }

    /// <summary>
    /// An <see cref="HttpClient"/> whose requests go to another app through the sidecar. Statuses, headers and bodies are those of the
    /// app. As in the official package, a token of the environment is not sent unless it is passed.
    /// </summary>
    public static HttpClient CreateInvokeHttpClient(string? appId = null, string? daprEndpoint = null, string? daprApiToken = null)
    {
        var handler = new InvocationHandler { InnerHandler = Sidecar.Handler(new HttpClientHandler()), DaprApiToken = daprApiToken, DefaultAppId = appId };
        if (daprEndpoint is not null) handler.DaprEndpoint = daprEndpoint;

        var client = new HttpClient(handler);
        client.DefaultRequestHeaders.UserAgent.Add(UserAgent());
        if (appId is null) return client;
        try
        {
            client.BaseAddress = new Uri($"http://{appId}");
        }
        catch (UriFormatException inner)
        {
            client.Dispose();
            throw new ArgumentException("The appId must be a valid hostname.", nameof(appId), inner);
        }

        return client;
    }

    public abstract HttpClient CreateInvokableHttpClient(string? appId = null);

    public abstract Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default);
    public abstract Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, Dictionary<string, string> metadata, CancellationToken cancellationToken = default);
    public abstract Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default);
    public abstract Task PublishEventAsync(string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default);
    public abstract Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task PublishByteEventAsync(string pubsubName, string topicName, ReadOnlyMemory<byte> data, string dataContentType = "application/json", Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    public abstract Task<TValue> GetStateAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = default, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task<(TValue value, string etag)> GetStateAndETagAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task SaveStateAsync<TValue>(string storeName, string key, TValue value, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task<bool> TrySaveStateAsync<TValue>(string storeName, string key, TValue value, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task DeleteStateAsync(string storeName, string key, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task<bool> TryDeleteStateAsync(string storeName, string key, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task ExecuteStateTransactionAsync(string storeName, IReadOnlyList<StateTransactionRequest> operations, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    public abstract Task<Dictionary<string, string>> GetSecretAsync(string storeName, string key, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);
    public abstract Task<Dictionary<string, Dictionary<string, string>>> GetBulkSecretAsync(string storeName, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    public abstract Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default);
    public abstract Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns when the sidecar is ready for outgoing calls.</summary>
    public abstract Task WaitForSidecarAsync(CancellationToken cancellationToken = default);

    public void Dispose()
    {
        if (_disposed) return;
        Dispose(disposing: true);
        _disposed = true;
    }

    protected virtual void Dispose(bool disposing) { }

    protected static ProductInfoHeaderValue UserAgent() => new("dapr-sdk-dotnet", "v1.18.5");
}
