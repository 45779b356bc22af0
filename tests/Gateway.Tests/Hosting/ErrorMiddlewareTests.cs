using System.Buffers;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Hosting;

/// <summary>One place of each service answers whatever goes wrong further in.</summary>
public sealed class ErrorMiddlewareTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var builder = ServiceHost.CreateBuilder(
            ["--urls=http://127.0.0.1:0", "--GATEWAY_HANDLE_SIGNALS=false", "--OTEL_SDK_DISABLED=true", "--Logging:LogLevel:Default=None"], "test");
        _app = builder.Build();
        _app.UseErrorResponses(context => context.Request.Headers[GatewayHeaders.RequestId]);
        _app.MapGet("/known", IResult () => throw new GatewayException(ErrorKind.ProviderOverloaded, "Too much.") { RetryAfterSeconds = 7 });
        _app.MapGet("/unknown", IResult () => throw new NotSupportedException("with a secret in it"));
        _app.MapGet("/late", async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            throw new GatewayException(ErrorKind.Internal, "late");
        });
        _app.MapGet("/begun", context =>
        {
            context.Response.ContentLength = 100;
            context.Response.BodyWriter.Write("begun"u8);
            throw new GatewayException(ErrorKind.Internal, "begun");
        });
        _app.MapPost("/body", async context => (await RequestBodies.ReadAsync(context.Request)).Dispose());
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        _client.DefaultRequestHeaders.Add(GatewayHeaders.RequestId, "req_1");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/known", 529, "overloaded_error", "Too much.")]
    [InlineData("GET", "/unknown", 500, "api_error", "The gateway failed unexpectedly.")]
    [InlineData("GET", "/nowhere", 404, "not_found_error", "There is no GET /nowhere")]
    [InlineData("POST", "/known", 405, "invalid_request_error", "POST is not allowed on /known; allowed: GET")]
    public async Task A_failure_is_answered_in_Anthropics_envelope(string method, string path, int status, string type, string message)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(GatewayHeaders.OriginGateway, response.Headers.GetValues(GatewayHeaders.Origin).Single());
        var body = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal(("error", "req_1", type), ((string)body["type"]!, (string)body["request_id"]!, (string)body["error"]!["type"]!));
        Assert.StartsWith(message, (string)body["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(path == "/known" && method == "GET" ? "7" : null, response.Headers.TryGetValues("retry-after", out var wait) ? wait.Single() : null);
    }

    [Fact]
    public async Task A_failure_after_the_answer_has_begun_breaks_the_connection()
    {
        using var response = await _client.GetAsync(new Uri("/late", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
        // Also where nothing of it has gone out: an error behind it would be neither.
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(new Uri("/begun", UriKind.Relative)));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_413_with_a_reason()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/body") { Content = new ByteArrayContent(new byte[ServiceHost.MaxBodyBytes + 1]) };
        request.Headers.ExpectContinue = true;
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("exceeds 40 MiB", await response.Content.ReadAsStringAsync());
    }
}
