using System.Text.Json;
using Gateway.Billing.Keys;

namespace Gateway.Tests.Billing;

/// <summary>What is kept of creations that may be sent again.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public void A_sealed_text_is_opened_by_its_password_alone_and_survives_the_store()
    {
        var text = SealedText.Of("gw-secret", "password");
        var read = JsonSerializer.Deserialize<SealedText>(JsonSerializer.Serialize(text, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!;
        Assert.Equal("gw-secret", read.Open("password"));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => read.Open("another"));
        Assert.NotEqual(text.Bytes, SealedText.Of("gw-secret", "password").Bytes);
    }

    [Fact]
    public async Task It_is_known_for_a_day_and_forgotten_then()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var rig = new BillingRig { Time = time };
        await rig.StartAsync();
        using var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar };
        Assert.False(await IsReplayedAsync("one"));
        time.Advance(TimeSpan.FromHours(23));
        Assert.True(await IsReplayedAsync("one"));
        time.Advance(TimeSpan.FromHours(2));
        Assert.False(await IsReplayedAsync("one"));
        Assert.True(await IsReplayedAsync("one"));
        time.Advance(TimeSpan.FromHours(25));
        Assert.NotEmpty(await sidecar.GetStringAsync(new Uri("/v1.0/actors/KeyDirectory/all/state/once-order:2", UriKind.Relative)));
        Assert.False(await IsReplayedAsync("another"));
        Assert.Empty(await sidecar.GetStringAsync(new Uri("/v1.0/actors/KeyDirectory/all/state/once-order:1", UriKind.Relative)));
        Assert.Empty(await sidecar.GetStringAsync(new Uri("/v1.0/actors/KeyDirectory/all/state/once-order:2", UriKind.Relative)));
        Assert.NotEmpty(await sidecar.GetStringAsync(new Uri("/v1.0/actors/KeyDirectory/all/state/once-order:3", UriKind.Relative)));

        async Task<bool> IsReplayedAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/keys") { Content = new StringContent("{}") };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await rig.Billing.SendAsync(request);
            Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
            return answer.Headers.Contains("Idempotent-Replayed");
        }
    }
}
