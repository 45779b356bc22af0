using System.Net;
using System.Text.Json;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Contracts;

public class HealthTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Readiness_names_the_sidecar_while_it_is_missing_and_liveness_does_not_ask()
    {
        await using var sidecar = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]).Build();
        var answer = StatusCodes.Status500InternalServerError;
        sidecar.MapGet("/v1.0/healthz/outbound", () => Results.StatusCode(answer));
        await sidecar.StartAsync();
        await using var app = ServiceHost.CreateBuilder(
            ["--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={sidecar.Urls.Single()}", "--OTEL_SDK_DISABLED=true"], "test").Build();
        app.MapHealth();
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Limit };

        Assert.Contains("answers 500", await MissingAsync(client));
        answer = StatusCodes.Status204NoContent;
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(HealthEndpoints.Ready)).StatusCode);
        await sidecar.StopAsync();
        Assert.Contains("does not answer", await MissingAsync(client));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(HealthEndpoints.Live)).StatusCode);
    }

    private static async Task<string?> MissingAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(HealthEndpoints.Ready);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("dependencies").GetProperty("sidecar").GetString();
    }
}
