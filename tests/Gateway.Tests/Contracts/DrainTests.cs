using System.Net;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Contracts;

public class DrainTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_stopping_service_answers_its_health_check_until_its_last_request_has_ended()
    {
        await using var app = Build("60");
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        app.MapGet("/slow", async () =>
        {
            entered.SetResult();
            await release.Task;
            return "done";
        });
        app.MapGet("/fast", () => "done");
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var slow = client.GetAsync("/slow");
        await entered.Task.WaitAsync(Limit);

        var stopping = app.StopAsync();
        using (var late = await client.GetAsync("/fast").WaitAsync(Limit))
            Assert.True(late.Headers.ConnectionClose);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(HealthEndpoints.Live).WaitAsync(Limit)).StatusCode);
        Assert.False(stopping.IsCompleted);

        release.SetResult();
        Assert.Equal("done", await (await slow.WaitAsync(Limit)).Content.ReadAsStringAsync());
        await stopping.WaitAsync(Limit);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(HealthEndpoints.Live));
    }

    [Fact]
    public async Task A_request_that_does_not_end_holds_a_service_no_longer_than_its_shutdown_time()
    {
        await using var app = Build("1");
        var entered = new TaskCompletionSource();
        app.MapGet("/endless", async (HttpContext context) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var endless = client.GetAsync("/endless");
        await entered.Task.WaitAsync(Limit);
        await app.StopAsync().WaitAsync(Limit);
        await Assert.ThrowsAnyAsync<Exception>(() => endless.WaitAsync(Limit));
    }

    private static WebApplication Build(string seconds)
    {
        var app = ServiceHost.CreateBuilder(["--urls=http://127.0.0.1:0", $"--GATEWAY_SHUTDOWN_SECONDS={seconds}", "--OTEL_SDK_DISABLED=true"], "test").Build();
        app.MapHealth();
        return app;
    }
}
