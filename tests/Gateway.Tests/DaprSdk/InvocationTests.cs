using System.Net;
using Dapr.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.DaprSdk;

public sealed class InvocationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private RecordingSidecar _sidecar = null!;

    public async Task InitializeAsync() => _sidecar = await RecordingSidecar.StartAsync();

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task Requests_go_to_the_invocation_API_with_path_query_and_the_casing_of_the_app_id()
    {
        using var client = DaprClient.CreateInvokeHttpClient("Provider-Adapter", _sidecar.Url, "tok");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages?beta=true&x=a%20b") { Content = new StringContent("hi") };

        using var response = await client.SendAsync(request);

        var seen = Assert.Single(_sidecar.Requests);
        Assert.Equal("POST /v1.0/invoke/Provider-Adapter/method/v1/messages?beta=true&x=a%20b", $"{seen.Method} {seen.Target}");
        Assert.Equal("tok", seen.Headers["dapr-api-token"]);
        Assert.Equal("hi", seen.Text);
        Assert.False(request.Headers.Contains("dapr-api-token"));
        Assert.StartsWith("http://provider-adapter/v1/messages", request.RequestUri!.ToString());
    }

    [Fact]
    public async Task Other_hosts_than_the_own_app_id_are_lower_case()
    {
        using var client = DaprClient.CreateInvokeHttpClient(daprEndpoint: _sidecar.Url);

        using var _ = await client.GetAsync("http://Billing/health");

        Assert.Equal("/v1.0/invoke/billing/method/health", _sidecar.Requests[0].Target);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(404)]
    public async Task Statuses_headers_and_bodies_pass_through(int status)
    {
        _sidecar.Answers(status, "the app's own words", ("Retry-After", "7"));
        using var client = DaprClient.CreateInvokeHttpClient("app", _sidecar.Url);

        using var response = await client.GetAsync("/x");

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal("the app's own words", await response.Content.ReadAsStringAsync());
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Response_bytes_arrive_while_the_app_is_still_writing()
    {
        var readFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sidecar.Answer = async (_, context) =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await readFirst.Task.WaitAsync(Patience);
            await context.Response.WriteAsync("second");
        };
        using var client = DaprClient.CreateInvokeHttpClient("app", _sidecar.Url);

        using var response = await client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead);
        using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64];
        var read = await body.ReadAsync(buffer).AsTask().WaitAsync(Patience);
        readFirst.SetResult();

        Assert.Equal("first", System.Text.Encoding.UTF8.GetString(buffer, 0, read));
        using var reader = new StreamReader(body);
        Assert.Equal("second", await reader.ReadToEndAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task Request_bytes_leave_while_the_caller_is_still_writing()
    {
        var sawFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sidecar.LeavesBody = true;
        _sidecar.Answer = async (_, context) =>
        {
            Assert.Null(context.Request.ContentLength);
            await context.Request.Body.ReadExactlyAsync(new byte[5]);
            sawFirst.SetResult();
            using var rest = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await rest.ReadToEndAsync());
        };
        using var client = DaprClient.CreateInvokeHttpClient("app", _sidecar.Url);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/x") { Content = new TwoPartContent(sawFirst.Task) };

        var answer = client.SendAsync(request);

        using var response = await answer.WaitAsync(Patience);
        Assert.Equal("second", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public void An_app_id_that_is_no_host_name_is_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => DaprClient.CreateInvokeHttpClient("not a host"));
        Assert.StartsWith("The appId must be a valid hostname.", thrown.Message);
    }

    [Fact]
    public async Task A_destination_that_is_no_http_address_is_refused()
    {
        using var invoker = new HttpMessageInvoker(new InvocationHandler { InnerHandler = new SocketsHttpHandler() });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/relative", UriKind.Relative));
        await Assert.ThrowsAsync<ArgumentException>(() => invoker.SendAsync(request, default));
    }

    [Fact]
    public async Task The_injected_client_takes_endpoint_and_token_from_the_configuration()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DAPR_HTTP_ENDPOINT"] = _sidecar.Url + "/dropped?path=1",
            ["DAPR_API_TOKEN"] = "configured",
        }).Build());
        services.AddDaprClient();
        await using var provider = services.BuildServiceProvider();
        var dapr = provider.GetRequiredService<DaprClient>();

        using var client = dapr.CreateInvokableHttpClient("app");
        using var _ = await client.GetAsync("/x");
        Assert.True(await dapr.CheckHealthAsync());
        await dapr.WaitForSidecarAsync().WaitAsync(Patience);

        Assert.Equal("configured", _sidecar.Requests[0].Headers["dapr-api-token"]);
        Assert.Equal(["/v1.0/invoke/app/method/x", "/v1.0/healthz", "/v1.0/healthz/outbound"], _sidecar.Requests.Select(r => r.Target));
    }

    [Fact]
    public async Task Waiting_for_the_sidecar_polls_until_it_is_ready()
    {
        var calls = 0;
        _sidecar.Answer = (_, context) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref calls) < 2 ? 500 : 204;
            return Task.CompletedTask;
        };
        using var dapr = new DaprClientBuilder().UseHttpEndpoint(_sidecar.Url).Build();

        await dapr.WaitForSidecarAsync().WaitAsync(Patience);

        Assert.Equal(2, calls);
    }

    [Fact]
    public void Endpoints_of_other_schemes_are_refused_when_the_client_is_built()
    {
        Assert.Equal("The HTTP endpoint must use http or https.", Assert.Throws<InvalidOperationException>(() => new DaprClientBuilder().UseHttpEndpoint("ftp://x").Build()).Message);
        Assert.Equal("The gRPC endpoint must use http or https.", Assert.Throws<InvalidOperationException>(() => new DaprClientBuilder().UseGrpcEndpoint("ftp://x").Build()).Message);
    }

    private sealed class TwoPartContent(Task between) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("first"u8.ToArray());
            await stream.FlushAsync();
            await between.WaitAsync(Patience);
            await stream.WriteAsync("second"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
