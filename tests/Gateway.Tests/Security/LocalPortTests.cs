using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.LocalSidecar;

namespace Gateway.Tests.Security;

/// <summary>
/// What another process, or a page in a browser, of the machine that the one process runs on can do at its ports. No token is set for it:
/// it makes both.
/// </summary>
public sealed class LocalPortTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [InlineData(AppIds.Ingress)]
    [InlineData(AppIds.Translator)]
    [InlineData(AppIds.ProviderAdapter)]
    [InlineData(AppIds.Billing)]
    public async Task Without_the_token_a_sidecar_does_nothing(string appId)
    {
        foreach (var token in new[] { null, "", "wrong", shared.Gateway.Local.SidecarToken[..^1] })
        {
            foreach (var (method, path) in new[]
                     {
                         ("GET", "/v1.0/state/keys/identity"), ("DELETE", "/v1.0/state/keys/identity"), ("POST", "/v1.0/state/keys"),
                         ("GET", "/v1.0/secrets/secrets/bulk"), ("GET", "/v1.0/secrets/secrets/GATEWAY_ADMIN_KEY"), ("GET", "/v1.0/metadata"),
                         ("POST", "/v1.0/publish/pubsub/usage"), ("POST", "/v1.0-alpha1/publish/bulk/pubsub/usage"),
                         ("POST", "/v1.0/invoke/billing/method/admin/v1/keys"), ("PUT", "/v1.0/actors/KeyDirectory/all/method/CreateKeyAsync"),
                         ("GET", "/v1.0/nothing"), ("GET", "/anything"),
                     })
            {
                using var client = new HttpClient { BaseAddress = shared.Gateway.Local.SidecarOf(appId) };
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                if (token is not null)
                    request.Headers.Add("dapr-api-token", token);
                using var answer = await client.SendAsync(request);
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} with '{token}': {answer.StatusCode}");
            }

            using var grpc = GrpcSidecar.NewClient();
            foreach (var method in new[] { "GetState", "SaveState", "DeleteState", "PublishEvent", "GetSecret", "GetBulkSecret" })
            {
                using var request = GrpcSidecar.Request(
                    new Uri(shared.Gateway.Local.SidecarGrpcOf(appId), $"/dapr.proto.runtime.v1.Dapr/{method}"),
                    new ByteArrayContent(new ProtoBytes().Text(1, ComponentNames.KeyStore).Text(2, KeyStoreIdentity).Framed()));
                if (token is not null)
                    request.Headers.TryAddWithoutValidation("dapr-api-token", token);
                using var answer = await grpc.SendAsync(request);
                Assert.Equal("16", answer.Headers.NonValidated["grpc-status"].ToString());
            }
        }
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.168.0.7", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.8.8", true)]
    [InlineData("[::1]", true)]
    public async Task A_loopback_port_answers_to_the_names_of_this_machine_only(string name, bool answers)
    {
        var local = shared.Gateway.Local;
        foreach (var appId in AppIds.Needed)
        {
            var (sidecar, text) = await GetAsync(local.SidecarOf(appId), "/v1.0/healthz/outbound", name, "");
            Assert.True((answers ? 204 : 403) == sidecar, text);
            var service = new Uri(local.ServiceOf(appId).Urls.First());
            var (status, body) = await GetAsync(service, "/healthz/live", name, "");
            Assert.True((answers ? 200 : 400) == status, body);
            if (!answers)
                Assert.Contains(
                    "GATEWAY_HOSTS", JsonDocument.Parse(body[body.IndexOf('{')..]).RootElement.GetProperty("error").GetProperty("message").GetString());
        }
    }

    [Fact]
    public async Task A_name_that_is_configured_is_answered_to()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_HOSTS"] = "gateway.example, other.example" });
        foreach (var (name, expected) in new[] { ("gateway.example", 200), ("OTHER.example", 200), ("localhost", 200), ("third.example", 400) })
            Assert.Equal(expected, (await GetAsync(new Uri(gateway.Url), "/healthz/live", name, "")).Status);
    }

    /// <summary>No app says where it comes from; every page does, at the latest when it sends something.</summary>
    [Fact]
    public async Task A_sidecar_takes_nothing_from_a_page()
    {
        var token = shared.Gateway.Local.SidecarToken;
        var (status, _) = await GetAsync(
            shared.Gateway.Local.SidecarOf(AppIds.Ingress), "/v1.0/metadata", "localhost", $"Origin: http://evil.example\r\nDapr-Api-Token: {token}\r\n");
        Assert.Equal(403, status);
    }

    private const string KeyStoreIdentity = "identity";

    private static Task<(int Status, string Text)> GetAsync(Uri url, string path, string host, string headers) =>
        RawClient.SendAsync(url, $"GET {path} HTTP/1.1\r\nHost: {host}:{url.Port}\r\n{headers}Connection: close\r\n\r\n");
}
