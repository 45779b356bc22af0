using System.Net;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.EndToEnd;

/// <summary>Ingress is ready when what it needs answers, and not a moment before.</summary>
public sealed class ReadinessTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [InlineData(AppIds.Translator)]
    [InlineData(AppIds.ProviderAdapter)]
    [InlineData(AppIds.Billing)]
    public async Task Ingress_is_not_ready_before_a_call_to_each_service_has_come_back(string service)
    {
        var away = true;
        await using var proxy = await SidecarProxy.StartAsync(shared.Gateway.Local.SidecarOf(AppIds.Ingress), async context =>
        {
            if (!away || !context.Request.Path.StartsWithSegments($"/v1.0/invoke/{service}"))
                return false;
            // As daprd refuses a service that it has not found healthy yet.
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsync("""{"errorCode":"ERR_DIRECT_INVOKE","message":"failed to invoke, id: x, err: app is not in a healthy state"}""");
            return true;
        });
        await using var door = await shared.Gateway.OpenDoorAsync(proxy.Url);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.Single()), Timeout = TestGateway.Timeout };
        using (var early = await client.GetAsync(HealthEndpoints.Ready))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.Contains($"no call has come back yet from {service}", await early.Content.ReadAsStringAsync());
        }

        away = false;
        using (var ready = await client.GetAsync(HealthEndpoints.Ready))
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        // One that is away later is no reason to send all clients elsewhere.
        away = true;
        using var later = await client.GetAsync(HealthEndpoints.Ready);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }
}
