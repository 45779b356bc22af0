using System.Net;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Tests.EndToEnd;

/// <summary>A service's port reached directly, past its sidecar.</summary>
public sealed class InternalEndpointTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [MemberData(nameof(SharedGateway.Behind), MemberType = typeof(SharedGateway))]
    public async Task Every_endpoint_but_the_health_checks_takes_calls_of_the_sidecar_only(string appId)
    {
        var service = shared.Gateway.Local.ServiceOf(appId);
        using var client = new HttpClient { BaseAddress = new Uri(service.Urls.First()) };
        var endpoints = ((IEndpointRouteBuilder)service).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.NotEmpty(endpoints);
        foreach (var endpoint in endpoints)
        {
            var path = "/" +
                string.Join(
                    '/',
                    endpoint.RoutePattern.PathSegments.Select(
                        s => string.Concat(
                            s.Parts.Select(p => p is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "x"))));
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (var token in new[] { null, "wrong" })
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), path);
                    if (token is not null)
                        request.Headers.Add("dapr-api-token", token);
                    using var answer = await client.SendAsync(request);
                    var open = path.StartsWith("/healthz", StringComparison.Ordinal);
                    Assert.True(open == (answer.StatusCode != HttpStatusCode.Unauthorized), $"{method} {path} of {appId}: {(int)answer.StatusCode}");
                }
            }
        }
    }

    [Fact]
    public async Task The_front_door_shows_its_sidecars_endpoints_to_nobody_else()
    {
        foreach (var path in new[] { "/dapr/subscribe", "/dapr/config" })
        {
            using var answer = await shared.Gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }
}
