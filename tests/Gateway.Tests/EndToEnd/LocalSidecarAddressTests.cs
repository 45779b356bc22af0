using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Tests.LocalSidecar;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// The official client asks for state, publishing and secrets over gRPC and for the rest over HTTP: each service is told both addresses of
/// its own sidecar.
/// </summary>
public sealed class LocalSidecarAddressTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [InlineData(AppIds.Ingress, true)]
    [InlineData(AppIds.Billing, true)]
    [InlineData(AppIds.Translator, false)]
    [InlineData(AppIds.ProviderAdapter, false)]
    public async Task Every_service_is_told_the_http_and_the_grpc_address_of_its_own_sidecar(string appId, bool readsKeys)
    {
        var settings = shared.Gateway.Local.ServiceOf(appId).Configuration;
        Assert.Equal(shared.Gateway.Local.SidecarOf(appId), new Uri(settings["DAPR_HTTP_ENDPOINT"]!));
        var grpc = new Uri(settings["DAPR_GRPC_ENDPOINT"]!);
        Assert.Equal(shared.Gateway.Local.SidecarGrpcOf(appId), grpc);
        Assert.Equal(settings["DAPR_HTTP_ENDPOINT"], Sidecar.HttpEndpoint(settings));
        Assert.Equal(AppIds.Needed.Count, AppIds.Needed.Select(shared.Gateway.Local.SidecarGrpcOf).Distinct().Count());

        // And it is a gRPC server there, with the scopes of this app and no other: only two services see the key store.
        using var client = GrpcSidecar.NewClient();
        var message = new ProtoBytes().Text(1, ComponentNames.KeyStore).Text(2, "readiness");
        using var request = GrpcSidecar.Request(
            new Uri(grpc, "/dapr.proto.runtime.v1.Dapr/GetState"), new ByteArrayContent(message.Framed()),
            ("dapr-api-token", shared.Gateway.Local.SidecarToken));
        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        var trailers = response.TrailingHeaders.NonValidated.Contains("grpc-status") ? response.TrailingHeaders.NonValidated : response.Headers.NonValidated;
        Assert.Equal(readsKeys, trailers["grpc-status"].ToString() == "0");
    }
}
