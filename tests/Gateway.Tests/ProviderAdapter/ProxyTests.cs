using System.Collections.Concurrent;
using System.Net;
using Gateway.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>An HTTP proxy between the gateway and a provider.</summary>
public sealed class ProxyTests
{
    [Theory]
    [InlineData("http://USER@PROXY", true)]
    [InlineData("http://PROXY", true)]
    [InlineData("none", false)]
    public async Task A_provider_is_called_through_its_proxy(string proxy, bool passes)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var other = await RecordingProxy.StartAsync();
        var address = proxy.Replace("PROXY", other.Authority, StringComparison.Ordinal).Replace("USER", "me:secret", StringComparison.Ordinal);
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: $""" "proxy": "{address}" """);
        using var response = await adapter.CallAsync("""{"messages":[]}""");
        Assert.Equal(passes ? HttpStatusCode.Accepted : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(passes ? [$"{upstream.Url}/v1/messages"] : [], other.Targets.Distinct());
        Assert.Equal(passes ? 0 : 1, upstream.Requests.Count);
    }

    [Fact]
    public async Task A_proxy_that_is_no_address_is_a_mistake_of_the_catalog()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TestAdapter.StartAsync(upstream, entry: """ "proxy": "somewhere" """));
        Assert.Contains("providers.p.proxy", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Notes the addresses that it is asked for, and answers itself.</summary>
    private sealed class RecordingProxy(WebApplication app, ConcurrentQueue<string> targets) : IAsyncDisposable
    {
        public string Authority => new Uri(app.Urls.Single()).Authority;

        public IReadOnlyList<string> Targets => [.. targets];

        public static async Task<RecordingProxy> StartAsync()
        {
            var targets = new ConcurrentQueue<string>();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.Run(context =>
            {
                targets.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                return context.Response.WriteAsync("{}");
            });
            await app.StartAsync();
            return new RecordingProxy(app, targets);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
