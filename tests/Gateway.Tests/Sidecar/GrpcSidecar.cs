using System.Net;
using System.Net.Http.Headers;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.LocalSidecar;

/// <summary>Our runtime with the apps <c>a</c> and <c>b</c>, and a raw HTTP/2 client on each one's gRPC port.</summary>
public sealed class GrpcSidecar : IAsyncLifetime
{
    private readonly OwnRuntime _own;
    private readonly HttpClient _http = NewClient();

    public GrpcSidecar()
        : this(null)
    {
    }

    internal GrpcSidecar(string? token) => _own = new OwnRuntime { DaprApiToken = token };

    /// <summary>The same sidecar of <c>a</c> over HTTP/1.</summary>
    internal HttpClient HttpA => _own.A;

    internal TestApp AppB { get; private set; } = null!;

    internal Uri GrpcA => _own.Runtime.GrpcEndpoint("a");

    public async Task InitializeAsync()
    {
        AppB = await TestApp.StartAsync(null, SidecarPair.ConfigOfB, SidecarPair.SubscriptionsOfB);
        await _own.StartAsync();
        await _own.AttachAsync("b", AppB);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _own.DisposeAsync();
        await AppB.DisposeAsync();
    }

    internal static HttpClient NewClient() =>
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    internal Task<GrpcAnswer> CallAsync(string method, ProtoBytes message, params (string Name, string Value)[] metadata) =>
        SendAsync("a", $"/dapr.proto.runtime.v1.Dapr/{method}", new ByteArrayContent(message.Framed()), CancellationToken.None, metadata);

    internal async Task<GrpcAnswer> SendAsync(
        string appId, string path, HttpContent content, CancellationToken cancellation, params (string Name, string Value)[] metadata)
    {
        using var request = Request(new Uri(_own.Runtime.GrpcEndpoint(appId), path), content, metadata);
        using var response = await _http.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        var inTrailers = response.TrailingHeaders.NonValidated.Contains("grpc-status");
        HttpHeaders status = inTrailers ? response.TrailingHeaders : response.Headers;
        return new GrpcAnswer(
            (int)response.StatusCode, Value(status, "grpc-status"), Value(status, "grpc-message"), inTrailers,
            response.Content.Headers.ContentType?.ToString(), body);
    }

    internal static HttpRequestMessage Request(Uri uri, HttpContent content, params (string Name, string Value)[] metadata)
    {
        content.Headers.ContentType ??= new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach (var (name, value) in metadata)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return request;
    }

    private static string? Value(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
