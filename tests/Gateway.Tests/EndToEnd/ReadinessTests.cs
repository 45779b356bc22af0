using System.Net;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.EndToEnd;

/// <summary>Ingress is ready when what it needs answers, and not a moment before.</summary>
public sealed class ReadinessTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [MemberData(nameof(SharedGateway.Behind), MemberType = typeof(SharedGateway))]
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

    /// <summary>A later start with another key in the environment: the store is set up, but not yet for that one.</summary>
    [Fact]
    public async Task A_key_that_is_not_known_is_no_401_before_billing_has_been_ready_once()
    {
        const string NewKey = "gw-another-key-of-the-environment";
        const string NewAdminKey = "another-admin-key-of-the-environment";
        await using var gateway = await TestGateway.StartAsync();
        var directory = gateway.Local.ServiceOf(AppIds.Billing).Services.GetRequiredService<IActorProxyFactory>()
            .CreateActorProxy<IKeyDirectoryActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);
        var (starting, asked) = (true, 0);
        await using var proxy = await SidecarProxy.StartAsync(gateway.Local.SidecarOf(AppIds.Ingress), async context =>
        {
            if (context.Request.Path != $"/v1.0/invoke/{AppIds.Billing}/method{HealthEndpoints.Ready}")
                return false;
            asked++;
            if (starting)
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else
                await directory.BootstrapAsync(new BootstrapRequest { AdminKey = NewAdminKey, ApiKey = NewKey, CandidateAdminKey = "none" });
            return true;
        });
        await using var door = await gateway.OpenDoorAsync(proxy.Url);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.Single()), Timeout = TestGateway.Timeout };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/v1/key", TestGateway.ApiKey));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/v1/key", NewKey));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/admin/v1/keys", NewAdminKey));

        starting = false;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/v1/key", NewKey));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/admin/v1/keys", NewAdminKey));
        var times = asked;
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/v1/key", "gw-nobody"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/admin/v1/keys", "nobody"));
        Assert.Equal(times, asked);

        async Task<HttpStatusCode> StatusAsync(string path, string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "x-api-key", key } } };
            using var answer = await client.SendAsync(request);
            Assert.Equal(answer.StatusCode == HttpStatusCode.ServiceUnavailable && path == "/v1/key", answer.Headers.RetryAfter is not null);
            return answer.StatusCode;
        }
    }
}
