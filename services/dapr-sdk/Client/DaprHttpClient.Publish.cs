using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    private const string JsonContentType = "application/json";
    private const string CloudEventContentType = "application/cloudevents+json";

    public override Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default) =>
        PublishEventAsync(pubsubName, topicName, data, null!, cancellationToken, checkMetadata: false);

    public override Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, Dictionary<string, string> metadata, CancellationToken cancellationToken = default) =>
        PublishEventAsync(pubsubName, topicName, data, metadata, cancellationToken, checkMetadata: true);

    public override Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default)
    {
        CheckNames(pubsubName, topicName);
        return PublishAsync(pubsubName, topicName, null, null, cancellationToken);
    }

    public override Task PublishEventAsync(string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default)
    {
        CheckNames(pubsubName, topicName);
        Argument.ThrowIfNull(metadata, nameof(metadata));
        return PublishAsync(pubsubName, topicName, null, metadata, cancellationToken);
    }

    public override Task PublishByteEventAsync(string pubsubName, string topicName, ReadOnlyMemory<byte> data, string dataContentType = JsonContentType, Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        CheckNames(pubsubName, topicName);
        return PublishAsync(pubsubName, topicName, Content(data, dataContentType), metadata, cancellationToken);
    }

    private Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, Dictionary<string, string> metadata, CancellationToken cancellationToken, bool checkMetadata)
    {
        CheckNames(pubsubName, topicName);
        Argument.ThrowIfNull(data, nameof(data));
        if (checkMetadata) Argument.ThrowIfNull(metadata, nameof(metadata));
        var json = JsonSerializer.SerializeToUtf8Bytes(data, JsonSerializerOptions);
        return PublishAsync(pubsubName, topicName, Content(json, ContentTypeOf(data)), metadata, cancellationToken);
    }

    private async Task PublishAsync(string pubsubName, string topicName, HttpContent? content, Dictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var path = WithQuery($"/v1.0/publish/{Uri.EscapeDataString(pubsubName)}/{TopicPath(topicName)}", metadata);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using var _ = await SendAsync(request, Failure("Publish"), cancellationToken);
    }

    /// <summary>A topic may contain slashes; the API takes them as they are.</summary>
    private static string TopicPath(string topicName) => string.Join('/', topicName.Split('/').Select(Uri.EscapeDataString));

    private static ReadOnlyMemoryContent Content(ReadOnlyMemory<byte> data, string contentType)
    {
        var content = new ReadOnlyMemoryContent(data);
        if (!string.IsNullOrEmpty(contentType)) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    private static void CheckNames(string pubsubName, string topicName)
    {
        Argument.ThrowIfNullOrEmpty(pubsubName, nameof(pubsubName));
        Argument.ThrowIfNullOrEmpty(topicName, nameof(topicName));
    }
}
