using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Hosting;

/// <summary>How a service meets what stands in front of it: load balancers and meshes.</summary>
public sealed class NetworkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task An_idle_connection_is_kept_longer_than_load_balancers_keep_theirs()
    {
        await using var app = Build();
        Assert.True(app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.KeepAliveTimeout > TimeSpan.FromSeconds(600));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("60", false)]
    public async Task An_idle_connection_is_closed_when_the_setting_says_so(string seconds, bool closes)
    {
        await using var app = Build($"--GATEWAY_KEEP_ALIVE_SECONDS={seconds}");
        await app.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n"));
        var buffer = new byte[4096];
        Assert.True(await stream.ReadAsync(buffer) > 0);
        using var limit = new CancellationTokenSource(closes ? Limit : TimeSpan.FromSeconds(4));
        var end = DrainAsync(stream, buffer, limit.Token);
        if (closes)
            await end;
        else
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_service_takes_both_versions_of_http_on_one_port_without_tls(string version)
    {
        await using var app = Build();
        app.MapPost("/echo", async context =>
        {
            context.Response.ContentType = "text/plain";
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Limit };
        for (var call = 0; call < 3; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/echo")
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StringContent(new string('x', 100_000)),
            };
            using var response = await client.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, Version.Parse(version)), (response.StatusCode, response.Version));
            Assert.Equal(100_000, (await response.Content.ReadAsStringAsync()).Length);
        }
    }

    private static async Task DrainAsync(NetworkStream stream, byte[] buffer, CancellationToken cancellation)
    {
        while (await stream.ReadAsync(buffer, cancellation) > 0)
        {
        }
    }

    private static WebApplication Build(params string[] settings)
    {
        var app = ServiceHost.CreateBuilder(["--urls=http://127.0.0.1:0", "--OTEL_SDK_DISABLED=true", .. settings], "test").Build();
        app.MapHealth();
        return app;
    }
}
