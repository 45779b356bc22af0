using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Clouds;
using Gateway.Tests.ProviderAdapter;
using static Gateway.Tests.Clouds.CloudCalls;

namespace Gateway.Tests.Clouds;

/// <summary>Tokens and keys of clouds: got, renewed, refused, missing.</summary>
public class CloudCredentialTests
{
    [Fact]
    public async Task A_service_account_gets_its_token_from_google_once()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Path == "/token", _ => Answer.Json("""{"access_token":"ya29.fake-token","expires_in":3600,"token_type":"Bearer"}"""));
        using var rsa = RSA.Create(2048);
        var file = JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["type"] = "service_account",
            ["project_id"] = "p",
            ["private_key_id"] = "k",
            ["private_key"] = rsa.ExportPkcs8PrivateKeyPem(),
            ["client_email"] = "gateway@p.iam.gserviceaccount.com",
            ["client_id"] = "1",
            ["token_uri"] = upstream.Url + "/token",
        });
        await using var adapter = await StartAsync(upstream, "vertex", "\"project\":\"p\"", secret: file);

        using var first = await CallAsync(adapter, "claude-opus-4-8");
        using var second = await CallAsync(adapter, "claude-opus-4-8");

        Assert.True(first.IsSuccessStatusCode, await first.Content.ReadAsStringAsync());
        Assert.Equal(["/token", "", ""], upstream.Requests.Select(r => r.Path == "/token" ? r.Path : ""));
        Assert.Equal("Bearer ya29.fake-token", upstream.Requests[2].Header("Authorization"));
        upstream.Script(Answer.Json("""{"error":{"code":400,"message":"You sent Bearer ya29.fake-token","status":"INVALID_ARGUMENT"}}""", 400));
        using var repeated = await CallAsync(adapter, "claude-opus-4-8");
        Assert.Contains("You sent Bearer ***************", await repeated.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_renewed_ahead_of_its_end_while_calls_go_on_with_the_old_one()
    {
        var time = new ShiftedTime();
        var fetches = 0;
        var second = new TaskCompletionSource();
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(
            upstream, "vertex", "\"project\":\"p\"", secret: null, time: time,
            tokens: async (_, _, _, _) =>
            {
                var number = Interlocked.Increment(ref fetches);
                if (number == 2)
                    await second.Task;
                return new Lease<string>($"token-{number}", time.GetUtcNow().AddHours(1));
            });

        using var one = await CallAsync(adapter, "claude-a");
        time.Advance(TimeSpan.FromMinutes(54));
        using var two = await CallAsync(adapter, "claude-a");
        time.Advance(TimeSpan.FromMinutes(2));
        using var three = await CallAsync(adapter, "claude-a");
        second.SetResult();
        for (var calls = 0; Volatile.Read(ref fetches) < 2 || upstream.Requests[^1].Header("Authorization") != "Bearer token-2"; calls++)
        {
            Assert.True(calls < 1_000, "the renewed token is never used");
            using (await CallAsync(adapter, "claude-a"))
            {
            }
        }

        Assert.Equal(["Bearer token-1", "Bearer token-1", "Bearer token-1"], upstream.Requests.Take(3).Select(r => r.Header("Authorization")));
        Assert.Equal(2, fetches);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_renewed_once()
    {
        var time = new ShiftedTime();
        var renewals = new List<bool>();
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(
            upstream, "vertex", "\"project\":\"p\"", secret: null, time: time,
            tokens: (_, _, anew, _) =>
            {
                renewals.Add(anew);
                return Task.FromResult(new Lease<string>($"token-{renewals.Count}", time.GetUtcNow().AddHours(1)));
            });
        using var before = await CallAsync(adapter, "claude-a");
        time.Advance(TimeSpan.FromMinutes(1));
        upstream.Always(r => r.Header("Authorization") == "Bearer token-1", _ => Unauthenticated());

        using var renewed = await CallAsync(adapter, "claude-a");
        upstream.Always(r => r.Header("Authorization") == "Bearer token-2", _ => Unauthenticated());
        using var refused = await CallAsync(adapter, "claude-a");

        Assert.True(renewed.IsSuccessStatusCode);
        Assert.Equal("2", renewed.Headers.GetValues(GatewayHeaders.Attempts).Single());
        // The one that is refused now was got a moment ago.
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Equal([false, true], renewals);
    }

    [Fact]
    public async Task A_cloud_that_gives_no_token_is_named_in_the_error_and_in_readiness_and_other_providers_go_on()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(
            upstream, "vertex", "\"project\":\"p\"", secret: null,
            tokens: (_, _, _, _) => throw new InvalidOperationException("no metadata server here"));

        using var response = await CallAsync(adapter, "claude-a");
        var ready = await adapter.Client.GetAsync("/healthz/ready");

        Assert.Equal(502, (int)response.StatusCode);
        var message = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("message").GetString();
        Assert.Contains("its cloud gave the gateway no credentials (no metadata server here)", message, StringComparison.Ordinal);
        var dependencies = JsonDocument.Parse(await ready.Content.ReadAsStringAsync()).RootElement.GetProperty("dependencies");
        Assert.Contains("no metadata server here", dependencies.GetProperty("cloud credentials").GetString(), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_corrected_by_amazons_and_the_request_signed_once_more()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var time = new ShiftedTime();
        time.Advance(TimeSpan.FromHours(-1));
        await using var adapter = await StartAsync(upstream, "bedrock", time: time);

        using var corrected = await CallAsync(adapter, Haiku);
        using var next = await CallAsync(adapter, Haiku);

        Assert.True(corrected.IsSuccessStatusCode, await corrected.Content.ReadAsStringAsync());
        Assert.Equal("2", corrected.Headers.GetValues(GatewayHeaders.Attempts).Single());
        Assert.Equal("1", next.Headers.GetValues(GatewayHeaders.Attempts).Single());
    }

    [Theory]
    [InlineData("bedrock", "wrong-key:x", 403)]
    [InlineData("bedrock", "AKIAOTHEROTHEROTHER0:secret", 401)]
    public async Task Keys_that_amazon_does_not_take_are_an_answer_about_ours(string door, string secret, int status)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => !AmazonSignature.IsOn(r), _ => Refusal(403, "AccessDeniedException", "Invalid API Key format"));
        await using var adapter = await StartAsync(upstream, door, secret: secret);

        using var response = await CallAsync(adapter, Haiku);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains("\"type\":\"error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(adapter.Logs, line => line.Contains(secret.Split(':')[1] + " ", StringComparison.Ordinal) && secret.Length > 20);
    }
}
