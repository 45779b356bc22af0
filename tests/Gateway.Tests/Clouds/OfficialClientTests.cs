using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Aws;
using Anthropic.Bedrock;
using Anthropic.Foundry;
using Anthropic.GoogleCloud;
using Anthropic.Models.Messages;
using Anthropic.Vertex;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.ProviderAdapter;
using Google.Apis.Auth.OAuth2;

namespace Gateway.Tests.Clouds;

/// <summary>
/// Anthropic's own clients for clouds call the same provider as the adapter, and what arrives is compared member by member. What differs is listed with its
/// reason.
/// </summary>
public class OfficialClientTests
{
    /// <summary>Headers that are not the same, and why.</summary>
    private static readonly Dictionary<string, string> Different = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = "the client's is the cloud's, and led to the test's provider",
        ["authorization"] = "signatures and tokens are of their moment; they are checked by themselves",
        ["x-amz-date"] = "of its moment",
        ["x-amz-content-sha256"] = "of the body's bytes, which the client writes anew",
        ["content-length"] = "likewise",
        ["transfer-encoding"] = "the gateway's bodies have a length",
        ["content-type"] = "the client names the charset of JSON, which has only one",
        ["accept"] = "the gateway relays both forms",
        ["accept-encoding"] = "the gateway asks for none: a part of a compressed stream cannot be passed on",
        ["x-amzn-bedrock-accept"] = "the type of what is in the frames, of which there is only one",
        ["user-agent"] = "each says who it is",
        ["anthropic-version"] = "what the gateway's client said stays; where the version is in the body the header would say it twice",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bedrock(bool stream) => await CompareAsync(
        "bedrock", "\"region\":\"us-east-1\",\"secret\":\"KEY\"", "us.anthropic.claude-opus-4-8", stream,
        http => new AnthropicBedrockClient(new AnthropicBedrockPrivateKeyCredentials
        {
            Region = "us-east-1",
            ApiAccessKey = AmazonSignature.AccessKey,
            ApiSecret = AmazonSignature.SecretKey,
        })
        { HttpClient = http });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mantle(bool stream) => await CompareAsync(
        "bedrock-mantle", "\"region\":\"us-east-1\",\"secret\":\"KEY\"", "anthropic.claude-opus-4-8", stream,
        http => new AnthropicBedrockMantleClient(new MantleAwsClientOptions
        {
            AwsRegion = "us-east-1",
            AwsAccessKey = AmazonSignature.AccessKey,
            AwsSecretAccessKey = AmazonSignature.SecretKey,
        })
        { HttpClient = http });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claude_on_aws(bool stream) => await CompareAsync(
        "claude-aws", "\"region\":\"us-east-1\",\"workspace\":\"wrkspc_1\",\"secret\":\"KEY\"", "claude-opus-4-8", stream,
        http => new AnthropicAwsClient(new AwsClientOptions
        {
            AwsRegion = "us-east-1",
            WorkspaceId = "wrkspc_1",
            AwsAccessKey = AmazonSignature.AccessKey,
            AwsSecretAccessKey = AmazonSignature.SecretKey,
        })
        { HttpClient = http });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Vertex(bool stream) => await CompareAsync(
        "vertex", "\"project\":\"p\",\"region\":\"europe-west1\",\"secret\":\"TOKEN\"", "claude-opus-4-8", stream,
        http => new AnthropicVertexClient(new AnthropicVertexCredentials("europe-west1", "p", GoogleCredential.FromAccessToken("ya29.token")))
        {
            HttpClient = http,
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claude_on_google(bool stream) => await CompareAsync(
        "claude-google", "\"project\":\"p\",\"workspace\":\"w\",\"secret\":\"TOKEN\"", "claude-opus-4-8", stream,
        http => new AnthropicGoogleCloudClient(new GoogleCloudClientOptions
        {
            Project = "p",
            WorkspaceId = "w",
            TokenProvider = _ => Task.FromResult("ya29.token"),
        })
        { HttpClient = http });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Foundry(bool stream) => await CompareAsync(
        "foundry", "\"resource\":\"r\",\"secret\":\"TOKEN\"", "claude-opus-4-8", stream,
        http => new AnthropicFoundryClient(new AnthropicFoundryApiKeyCredentials("ya29.token", "r")) { HttpClient = http });

    private static async Task CompareAsync(string door, string members, string model, bool stream, Func<HttpClient, AnthropicClient> client)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(
            $$"""{ "p": { "dialect":"anthropic","descriptor":"{{door}}","baseUrl":"{{upstream.Url}}",{{members}} } }""");
        adapter.Secrets["KEY"] = AmazonSignature.Secret;
        adapter.Secrets["TOKEN"] = "ya29.token";
        using var http = new HttpClient(new Redirect(upstream.Url));

        // As a client of Anthropic's own API sends it to the gateway, and as the client of the cloud sends it there.
        using (var plain = new AnthropicClient { BaseUrl = upstream.Url, ApiKey = "k" })
            await SendAsync(plain, model, stream);
        using (var official = client(http))
            await SendAsync(official, model, stream);
        var given = upstream.Requests[0];
        var headers = given.Headers.Where(h => h.Key.StartsWith("anthropic-", StringComparison.OrdinalIgnoreCase)
            || h.Key.StartsWith("x-stainless", StringComparison.OrdinalIgnoreCase)).Select(h => (h.Key, h.Value));
        using var response = await adapter.CallAsync(given.Text, stream, headers: [(GatewayHeaders.UpstreamModel, model), .. headers]);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var (theirs, ours) = (upstream.Requests[1], upstream.Requests[2]);
        Assert.Equal((theirs.Method, theirs.Path), (ours.Method, ours.Path));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(theirs.Text), JsonNode.Parse(ours.Text)), $"{theirs.Text}\n{ours.Text}");
        var names = theirs.Headers.Keys.Union(ours.Headers.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(n => !Different.ContainsKey(n) && !n.StartsWith("x-stainless", StringComparison.OrdinalIgnoreCase));
        Assert.All(names, name => Assert.Equal((name, theirs.Header(name)), (name, ours.Header(name))));
    }

    private static async Task SendAsync(AnthropicClient client, string model, bool stream)
    {
        var request = new MessageCreateParams
        {
            Model = model,
            MaxTokens = 100,
            Messages = [new UserMessageParam { Content = "Hé \"there\" 😀" }],
            System = "Be brief.",
        };
        if (!stream)
        {
            await client.Messages.Create(request);
            return;
        }

        await foreach (var _ in client.Messages.CreateStreaming(request))
        {
        }
    }

    /// <summary>Leads what is meant for a cloud to the test's provider.</summary>
    private sealed class Redirect(string url) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(url + request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
