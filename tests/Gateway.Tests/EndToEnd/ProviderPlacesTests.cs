using System.Net;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.ProviderAdapter;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.EndToEnd;

/// <summary>A provider's <c>maxConcurrency</c> is that of all adapters together.</summary>
public sealed class ProviderPlacesTests : IAsyncLifetime
{
    private const int Overloaded = 529;
    private readonly Gate _gate = new();
    private TestGateway _gateway = null!;
    private WebApplication _second = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync(catalog: static (first, second) =>
            TestGateway.Catalog(first, second).Replace("\"anthropic\": {", "\"anthropic\": { \"maxConcurrency\": 3,", StringComparison.Ordinal));
        _gateway.Upstream.Always(r => r.Text.Contains("slow"), _ => Streams.Opening(true).At(_gate).Closing(true));
        _second = await _gateway.OpenAdapterAsync();
        _client = new HttpClient { BaseAddress = new Uri(_second.Urls.First()), Timeout = TestGateway.Timeout };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _second.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Two_adapters_have_no_more_calls_at_a_provider_than_it_takes_and_one_has_what_the_other_is_done_with()
    {
        using var first = await ByTheFirstAsync();
        using var second = await ByTheFirstAsync();
        using var third = await ByTheSecondAsync();
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode, third.StatusCode));
        using (var refused = await ByTheSecondAsync())
        {
            Assert.Equal(Overloaded, (int)refused.StatusCode);
            Assert.Equal("ProviderOverloaded", refused.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        }

        using (var refused = await ByTheFirstAsync())
        {
            Assert.Equal(Overloaded, (int)refused.StatusCode);
            Assert.Contains("already has 3 calls in progress", await refused.Content.ReadAsStringAsync());
        }

        // All that the first has is free again, and soon the second may have all of it.
        _gate.Release(3);
        await Task.WhenAll(first.Content.ReadAsStringAsync(), second.Content.ReadAsStringAsync(), third.Content.ReadAsStringAsync());
        var running = new List<HttpResponseMessage>();
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (running.Count < 3)
        {
            var response = await ByTheSecondAsync();
            if (response.StatusCode == HttpStatusCode.OK)
                running.Add(response);
            else
                await Task.Delay(100, limit.Token);
        }

        using (var refused = await ByTheFirstAsync())
            Assert.Equal(Overloaded, (int)refused.StatusCode);
        _gate.Release(3);
        running.ForEach(static response => response.Dispose());
    }

    private Task<HttpResponseMessage> ByTheFirstAsync() => _gateway.SendAsync(TestGateway.Messages("native/model-4.5", true, "slow"));

    private async Task<HttpResponseMessage> ByTheSecondAsync()
    {
        using var request = TestAdapter.Request("""{"messages":"slow"}""", stream: true, provider: "anthropic");
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
