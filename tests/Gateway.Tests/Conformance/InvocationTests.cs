using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
public partial class InvocationTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    /// <summary>Whether answers come with HTTP's framing, which calls without a socket have no need of.</summary>
    internal virtual bool IsFramed => true;

    [Theory]
    [InlineData("/v1.0/invoke/b/method/x/y?q=1&z=a%20b", null)]
    [InlineData("/v1.0/invoke/b.default/method/x/y?q=1&z=a%20b", null)]
    [InlineData("//v1.0/invoke/b/method/x/y?q=1&z=a%20b", null)]
    [InlineData("/x/y?q=1&z=a%20b", "b")]
    [InlineData("/x/y?q=1&z=a%20b", "b.default")]
    public async Task Both_forms_reach_the_app_with_the_query_byte_for_byte(string target, string? appId)
    {
        using var response = await GetAsync(A, target, appId is null ? [] : [("dapr-app-id", appId)]);
        var seen = await ReadJsonAsync(response);
        Assert.Equal("/x/y?q=1&z=a%20b", seen.GetProperty("target").GetString());
    }

    [Fact]
    public async Task Basic_credentials_can_name_the_app()
    {
        using var response = await GetAsync(A, "/x/y", ("Authorization", "Basic " + Convert.ToBase64String("dapr-app-id:b"u8)));
        Assert.Equal("/x/y", (await ReadJsonAsync(response)).GetProperty("target").GetString());
    }

    [Theory]
    [InlineData("a%2Fb/c%20d", "/a/b/c%20d")]
    [InlineData("/x//y", "/x/y")]
    [InlineData("x/", "/x")]
    [InlineData("a%252Fb", "/a%2Fb")]
    [InlineData("x/../y", "/y")]
    [InlineData("../x", "/x")]
    [InlineData("x/./y", "/x/y")]
    [InlineData("%E4%BD%A0", "/%E4%BD%A0")]
    [InlineData("http%3A%2F%2Fevil/x", "/http:/evil/x")]
    [InlineData("a+b", "/a+b")]
    [InlineData("a:b@c", "/a:b@c")]
    public async Task Path_is_decoded_once_and_cleaned(string method, string expected)
    {
        using var prefixed = await GetAsync(A, "/v1.0/invoke/b/method/" + method);
        Assert.Equal(expected, (await ReadJsonAsync(prefixed)).GetProperty("target").GetString());
        using var byHeader = await GetAsync(A, "/" + method, ("dapr-app-id", "b"));
        Assert.Equal(expected, (await ReadJsonAsync(byHeader)).GetProperty("target").GetString());
    }

    [Fact]
    public async Task Headers_pass_and_the_identity_of_both_apps_is_added()
    {
        using var response = await GetAsync(
            A, "/v1.0/invoke/b/method/headers", ("Authorization", "Bearer tok"), ("X-Api-Key", "k1"), ("Cookie", "s=1"), ("Accept", "*/*"),
            ("X-Forwarded-For", "10.0.0.9"),
            ("dapr-foo", "f"), ("dapr-app-id", "b"), ("dapr-api-token", "secret"), ("grpc-timeout", "1S"), ("TE", "trailers"),
            ("Proxy-Authorization", "p"), ("Keep-Alive", "5"));
        var headers = (await ReadJsonAsync(response)).GetProperty("headers");
        string? Header(string name) => HeaderOf(headers, name);
        Assert.Equal("Bearer tok", Header("Authorization"));
        Assert.Equal("k1", Header("X-Api-Key"));
        Assert.Equal("s=1", Header("Cookie"));
        Assert.Equal("*/*", Header("Accept"));
        Assert.Equal("f", Header("dapr-foo") ?? Header("Dapr-Foo"));
        Assert.Equal("a", Header("Dapr-Caller-App-Id"));
        Assert.Equal("default", Header("Dapr-Caller-Namespace"));
        Assert.Equal("b", Header("Dapr-Callee-App-Id"));
        Assert.StartsWith("for=127.0.0.1;by=127.0.0.1;host=", Header("Forwarded"));
        Assert.NotEmpty(Header("X-Forwarded-Host")!);
        Assert.StartsWith("10.0.0.9", Header("X-Forwarded-For"));
        Assert.Contains("127.0.0.1", Header("X-Forwarded-For"));
        Assert.Equal("1S", Header("Dapr-Grpc-Timeout"));
        Assert.Equal(Pair.AppB.Address.Authority, Header("Host"));
        Assert.Equal("gzip", Header("Accept-Encoding"));
        Assert.StartsWith("Go-http-client", Header("User-Agent"));
        foreach (var gone in new[] { "dapr-app-id", "TE", "Proxy-Authorization", "Keep-Alive", "grpc-timeout", "Connection", "Upgrade" })
            Assert.Null(Header(gone));
    }

    /// <summary>Whatever the case of its name, which servers change as they like.</summary>
    private static string? HeaderOf(System.Text.Json.JsonElement headers, string name) =>
        headers.EnumerateObject().Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value.GetString()).SingleOrDefault();

    [Fact]
    public async Task Without_tracing_the_trace_header_is_all_zeros_both_ways_and_a_valid_one_passes()
    {
        const string None = "00-00000000000000000000000000000000-0000000000000000-00";
        using var without = await GetAsync(A, "/v1.0/invoke/b/method/x");
        Assert.Equal(None, HeaderOf((await ReadJsonAsync(without)).GetProperty("headers"), "traceparent"));
        Assert.Equal(None, without.Headers.GetValues("Traceparent").Single());
        const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var with = await GetAsync(A, "/v1.0/invoke/b/method/x", ("traceparent", Own), ("tracestate", "k=v"), ("baggage", "b=1"));
        var headers = (await ReadJsonAsync(with)).GetProperty("headers");
        Assert.Equal(Own, HeaderOf(headers, "traceparent"));
        Assert.Equal("k=v", headers.GetProperty("tracestate").GetString());
        Assert.Equal("b=1", headers.GetProperty("baggage").GetString());
    }

    [Fact]
    public async Task Own_app_is_called_without_identity_headers()
    {
        using var response = await GetAsync(B, "/v1.0/invoke/b/method/x");
        var headers = (await ReadJsonAsync(response)).GetProperty("headers");
        foreach (var absent in new[] { "Dapr-Caller-App-Id", "Dapr-Callee-App-Id", "Forwarded", "X-Forwarded-Host" })
            Assert.False(headers.TryGetProperty(absent, out _), absent);
    }

    [Theory]
    [InlineData("GET"), InlineData("POST"), InlineData("PUT"), InlineData("PATCH"), InlineData("DELETE"), InlineData("OPTIONS")]
    public async Task Any_verb_goes(string verb)
    {
        using var response = await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, "/v1.0/invoke/b/method/verb"));
        Assert.Equal(verb, (await ReadJsonAsync(response)).GetProperty("method").GetString());
    }

    [Fact]
    public async Task Head_goes_and_has_no_body()
    {
        using var response = await A.SendAsync(Request(HttpMethod.Head, A.BaseAddress!, "/v1.0/invoke/b/method/verb"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [
        InlineData(200), InlineData(201), InlineData(204), InlineData(301), InlineData(302), InlineData(304), InlineData(400), InlineData(401),
        InlineData(404), InlineData(409), InlineData(429)]
    [InlineData(500), InlineData(502), InlineData(503), InlineData(504)]
    public async Task Status_body_and_headers_pass_unchanged(int status)
    {
        var hasBody = status is not (204 or 304);
        var body = hasBody ? $$$"""{"error":{"message":"app says {{{status}}}","type":"x"}}""" : "";
        Pair.AppB.On("/status/" + status, async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "7";
            context.Response.Headers.ETag = "\"e\"";
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers["X-App-Multi"] = new(["one", "two"]);
            context.Response.Headers["grpc-thing"] = "g";
            if (hasBody)
            {
                context.Response.ContentType = "application/json; charset=utf-8";
                await context.Response.WriteAsync(body);
            }
        });
        using var response = await GetAsync(A, "/v1.0/invoke/b/method/status/" + status);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal("7", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("/elsewhere", response.Headers.GetValues("Location").Single());
        Assert.Equal(["one", "two"], response.Headers.GetValues("X-App-Multi"));
        Assert.Equal("g", response.Headers.GetValues("Dapr-grpc-thing").Single());
        if (hasBody)
            Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        if (status >= 400)
            Assert.Equal(Encoding.UTF8.GetByteCount(body), response.Content.Headers.ContentLength);
        else if (hasBody && IsFramed)
            Assert.True(response.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task App_ids_are_case_sensitive() =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/B/method/x"), 500, "ERR_DIRECT_INVOKE", "failed to invoke, id: B, err: ");

    [Fact]
    public async Task Api_route_wins_over_the_app_id_header()
    {
        using var own = await GetAsync(A, "/v1.0/healthz", ("dapr-app-id", "b"));
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        using var apps = await GetAsync(A, "/v1/chat/completions", ("dapr-app-id", "b"));
        Assert.Equal("/v1/chat/completions", (await ReadJsonAsync(apps)).GetProperty("target").GetString());
    }

    [Fact]
    public async Task Upgrade_arrives_as_a_plain_get()
    {
        using var response = await GetAsync(A, "/v1.0/invoke/b/method/ws", ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x"));
        var seen = await ReadJsonAsync(response);
        Assert.Equal("GET", seen.GetProperty("method").GetString());
        Assert.False(seen.GetProperty("headers").TryGetProperty("Upgrade", out _));
        Assert.False(seen.GetProperty("headers").TryGetProperty("Connection", out _));
    }

    [Fact]
    public async Task App_token_and_trailing_compression_stay_out_of_the_callers_sight()
    {
        var path = Unique("/zip");
        Pair.AppB.On(path, async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var zip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await zip.WriteAsync("hello"u8.ToArray());
        });
        using var unasked = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Empty(unasked.Content.Headers.ContentEncoding);
        Assert.Equal("hello", await unasked.Content.ReadAsStringAsync());
        using var asked = await GetAsync(A, "/v1.0/invoke/b/method" + path, ("Accept-Encoding", "gzip"));
        Assert.Equal(["gzip"], asked.Content.Headers.ContentEncoding);
    }
}
