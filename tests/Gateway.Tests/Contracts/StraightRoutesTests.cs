using System.Net;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Contracts;

/// <summary>A path known to the letter is answered by its endpoint at once; whatever routing knows besides is answered as ever.</summary>
public sealed class StraightRoutesTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private HttpClient _client = null!;
    private volatile int _routed;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseStraightRoutes();
        _app.Use((context, next) =>
        {
            _routed++;
            return next(context);
        });
        _app.MapPost("/messages", (HttpContext context) => "post " + ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText);
        _app.MapPost("/messages/{id}", (string id) => "post " + id);
        _app.MapGet("/messages", () => "get");
        _app.Map("/any", () => "any");
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("POST", "/messages", "post /messages", false)]
    [InlineData("POST", "/messages?beta=true", "post /messages", false)]
    [InlineData("POST", "/Messages/", "post /messages", true)]
    [InlineData("POST", "/messages/7", "post 7", true)]
    [InlineData("GET", "/messages", "get", true)]
    [InlineData("POST", "/any", "any", true)]
    public async Task Each_request_gets_its_endpoint(string method, string path, string answer, bool routed)
    {
        using var response = await _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
        Assert.Equal(routed ? 1 : 0, _routed);
    }

    [Theory]
    [InlineData("DELETE", "/messages", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/nowhere", HttpStatusCode.NotFound)]
    public async Task What_nobody_serves_is_told_by_routing(string method, string path, HttpStatusCode status)
    {
        using var response = await _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, response.StatusCode);
    }
}
