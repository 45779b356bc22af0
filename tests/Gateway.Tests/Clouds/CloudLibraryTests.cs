using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.ProviderAdapter;

namespace Gateway.Tests.Clouds;

/// <summary>
/// The clouds' own libraries, as the adapter has them, against what a machine in a cloud gives: the environment, a metadata server, a managed identity, a
/// workload's identity. What they read is this process's environment, so these run one after the other.
/// </summary>
public sealed class CloudLibraryTests : IDisposable
{
    private readonly List<string> _set = [];

    public void Dispose() => _set.ForEach(name => Environment.SetEnvironmentVariable(name, null));

    [Fact]
    public async Task Amazons_keys_come_from_the_environment_and_a_session_is_signed_for()
    {
        Set("AWS_ACCESS_KEY_ID", AmazonSignature.AccessKey);
        Set("AWS_SECRET_ACCESS_KEY", AmazonSignature.SecretKey);
        Set("AWS_SESSION_TOKEN", "session-token-of-the-tests");
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, """ "descriptor":"bedrock","region":"us-east-1" """);

        using var response = await CallAsync(adapter, "anthropic.claude-opus-4-8");

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var request = await upstream.RequestAsync();
        Assert.Equal("session-token-of-the-tests", request.Header("x-amz-security-token"));
        Assert.Contains("x-amz-security-token", request.Header("Authorization"), StringComparison.Ordinal);
        Assert.Null(AmazonSignature.Problem(request, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task Amazons_keys_come_by_a_workloads_identity()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Text.Contains("AssumeRoleWithWebIdentity", StringComparison.Ordinal), _ => Answer.Json(
            $"""
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
            <AccessKeyId>{AmazonSignature.AccessKey}</AccessKeyId><SecretAccessKey>{AmazonSignature.SecretKey}</SecretAccessKey>
            <SessionToken>session-of-the-role</SessionToken><Expiration>{DateTimeOffset.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}</Expiration>
            </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
            """).Header("Content-Type", "text/xml"));
        var token = Path.GetTempFileName();
        await File.WriteAllTextAsync(token, "token-of-the-pod");
        Set("AWS_WEB_IDENTITY_TOKEN_FILE", token);
        Set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/gateway");
        Set("AWS_ROLE_SESSION_NAME", "tests");
        Set("AWS_REGION", "us-east-1");
        Set("AWS_ENDPOINT_URL_STS", upstream.Url);
        await using var adapter = await StartAsync(upstream, """ "descriptor":"bedrock","region":"us-east-1" """);

        using var response = await CallAsync(adapter, "anthropic.claude-opus-4-8");

        File.Delete(token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Contains("token-of-the-pod", upstream.Requests[0].Text, StringComparison.Ordinal);
        Assert.Equal("session-of-the-role", upstream.Requests[^1].Header("x-amz-security-token"));
        Assert.Null(AmazonSignature.Problem(upstream.Requests[^1], DateTimeOffset.UtcNow));
    }

    /// <summary>Its library remembers the token of a managed identity for the whole process, so all three in one.</summary>
    [Fact]
    public async Task Azures_token_comes_from_the_managed_identity()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Path == "/msi/token", _ => Answer.Json(
            $$"""
            {"access_token":"entra-token","expires_on":"{{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}}","resource":"https://ai.azure.com",
             "token_type":"Bearer"}
            """));
        Set("IDENTITY_ENDPOINT", upstream.Url + "/msi/token");
        Set("IDENTITY_HEADER", "of-the-tests");
        foreach (var (dialect, descriptor, path) in ((string, string, string)[])
            [
                ("anthropic", "foundry", "/anthropic/v1/messages"), ("openai-responses", "azure-openai", "/responses"),
                ("openai-chat", "azure-openai", "/chat/completions"),
            ])
        {
            await using var adapter = await StartAsync(upstream, $$""" "descriptor":"{{descriptor}}","resource":"r" """, dialect);
            using var response = await CallAsync(adapter, "my-deployment");

            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
            Assert.Equal((path, "Bearer entra-token"), (upstream.Requests[^1].Path, upstream.Requests[^1].Header("Authorization")));
        }

        var asked = Uri.UnescapeDataString(upstream.Requests.Single(r => r.Path == "/msi/token").Query);
        Assert.Contains("resource=https://ai.azure.com", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anthropic", "vertex", "/v1/projects/p/locations/global/publishers/anthropic/models/claude-a:rawPredict")]
    [InlineData("gemini", "vertex-gemini", "/v1/projects/p/locations/global/publishers/google/models/claude-a:generateContent")]
    public async Task Googles_token_comes_by_a_workloads_identity(string dialect, string descriptor, string path)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Path == "/sts", _ => Answer.Json(
            """
            {"access_token":"federated-token","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}
            """));
        var subject = Path.GetTempFileName();
        await File.WriteAllTextAsync(subject, "token-of-the-workload");
        await using var adapter = await StartAsync(upstream, $$""" "descriptor":"{{descriptor}}","project":"p","secret":"KEY" """, dialect);
        adapter.Secrets["KEY"] = JsonSerializer.Serialize(new
        {
            type = "external_account",
            audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
            subject_token_type = "urn:ietf:params:oauth:token-type:jwt",
            token_url = upstream.Url + "/sts",
            credential_source = new { file = subject },
        });

        using var response = await CallAsync(adapter, "claude-a");

        File.Delete(subject);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Contains("token-of-the-workload", upstream.Requests[0].Text, StringComparison.Ordinal);
        Assert.Equal((path, "Bearer federated-token"), (upstream.Requests[^1].Path, upstream.Requests[^1].Header("Authorization")));
    }

    [Fact]
    public async Task Googles_token_comes_from_the_metadata_server()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Path.StartsWith("/computeMetadata/v1/instance/service-accounts/default/token", StringComparison.Ordinal), _ => Answer
            .Json("""{"access_token":"metadata-token","expires_in":3599,"token_type":"Bearer"}""").Header("Metadata-Flavor", "Google"));
        upstream.Always(r => r.Method == "GET", _ => Answer.Json("{}").Header("Metadata-Flavor", "Google"));
        Set("GCE_METADATA_HOST", new Uri(upstream.Url).Authority);
        await using var adapter = await StartAsync(upstream, """ "descriptor":"vertex","project":"p" """);

        using var response = await CallAsync(adapter, "claude-a");

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal("Bearer metadata-token", upstream.Requests[^1].Header("Authorization"));
    }

    [Fact]
    public async Task A_secret_of_another_kind_of_json_says_what_it_should_be()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, """ "descriptor":"vertex","project":"p","secret":"KEY" """);
        adapter.Secrets["KEY"] = """{"type":"something"}""";

        using var response = await CallAsync(adapter, "claude-a");

        Assert.Equal(502, (int)response.StatusCode);
        Assert.Contains("one of service_account, external_account", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private void Set(string name, string value)
    {
        _set.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    private static Task<TestAdapter> StartAsync(FakeUpstream upstream, string members, string dialect = "anthropic") =>
        TestAdapter.StartAsync($$"""{ "p": { "dialect":"{{dialect}}","baseUrl":"{{upstream.Url}}",{{members}} } }""");

    private static Task<HttpResponseMessage> CallAsync(TestAdapter adapter, string model) => adapter.CallAsync(
        """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"input":"Hi","contents":[{"parts":[{"text":"Hi"}]}]}""",
        headers: (GatewayHeaders.UpstreamModel, model));
}
