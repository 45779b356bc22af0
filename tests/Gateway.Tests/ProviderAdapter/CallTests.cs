using System.Net;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Clouds;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.ProviderAdapter;

public class CallTests
{
    [Theory]
    [InlineData("p", Operations.CountTokens, "/v1/messages/count_tokens")]
    [InlineData("p", Operations.Generate, "/v1/messages")]
    public async Task The_operation_decides_the_path(string provider, string operation, string path)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync("""{"messages":[]}""", provider: provider, operation: operation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(path, (await upstream.RequestAsync()).Path);
    }

    [Theory]
    [InlineData("nobody", Operations.Generate, 503, "ServiceUnavailable")]
    [InlineData("http://evil.example", Operations.Generate, 503, "ServiceUnavailable")]
    [InlineData("", Operations.Generate, 400, "InvalidRequest")]
    [InlineData("p", "something", 404, "NotFound")]
    public async Task A_call_that_names_nothing_known_is_refused(string provider, string operation, int status, string kind)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(provider: provider, operation: operation);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(kind, response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Equal(GatewayHeaders.OriginGateway, response.Headers.GetValues(GatewayHeaders.Origin).Single());
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task A_provider_keeps_its_connections_over_a_reload_that_does_not_touch_it()
    {
        var path = Path.Combine(Path.GetTempPath(), $"catalog-{Guid.NewGuid():N}.json");
        await WriteAsync("http://127.0.0.1:1", "");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(CatalogSource.Setting, path)]).Build();
        using var catalog = new CatalogSource(configuration, NullLogger<CatalogSource>.Instance, TimeProvider.System);
        var mask = new SecretMask();
        var clouds = new CloudKeys(CloudLibraries.TokenAsync, CloudLibraries.KeysAsync, mask, TimeProvider.System, NullLogger<CloudKeys>.Instance);
        var registry = new UpstreamRegistry(catalog, new BreakerOptions(), mask, clouds, TimeProvider.System);
        var before = registry.Get("p");

        await WriteAsync("http://127.0.0.1:1", """, "q": { "dialect": "demo" }""");
        await catalog.ReloadAsync();
        Assert.NotNull(registry.Get("q"));
        Assert.Same(before, registry.Get("p"));

        await WriteAsync("http://127.0.0.1:22", "");
        await catalog.ReloadAsync();
        Assert.Equal("http://127.0.0.1:22", registry.Get("p").Profile.BaseUrl);
        File.Delete(path);

        Task WriteAsync(string url, string more) => File.WriteAllTextAsync(path, TestAdapter.Catalog(
            $$"""{ "p": { "dialect": "anthropic", "baseUrl": "{{url}}", "secrets": ["A", "B"], "headers": { "x": "y" } }{{more}} }"""));
    }
}
