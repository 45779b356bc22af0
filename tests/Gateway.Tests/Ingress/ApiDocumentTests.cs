using System.Text.Json.Serialization.Metadata;
using Gateway.Billing;
using Gateway.Contracts.Admin;
using Gateway.Ingress.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Gateway.Tests.Ingress;

/// <summary>Ingress describes what billing serves: the description must not fall behind.</summary>
public class ApiDocumentTests
{
    [Fact]
    public async Task Every_admin_call_that_billing_serves_is_described_and_no_other()
    {
        await using var billing = BillingHost.Build(["--urls=http://127.0.0.1:0", "--OTEL_SDK_DISABLED=true", "--GATEWAY_HANDLE_SIGNALS=false"]);
        var served = ((IEndpointRouteBuilder)billing).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Select(e => (Path: "/" + e.RoutePattern.RawText!.Trim('/'), Methods: e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []))
            .Where(e => e.Path.StartsWith("/admin/v1/", StringComparison.Ordinal))
            .SelectMany(e => e.Methods.Select(m => $"{m} {e.Path["/admin/v1".Length..]}")).Order(StringComparer.Ordinal);
        Assert.Equal(served, ApiDocument.Admin.Select(o => $"{o.Method} {o.Pattern}").Order(StringComparer.Ordinal));
        Assert.All(
            ApiDocument.Admin, o => Assert.All(new[] { o.Request, o.Answer }.OfType<string>(), shape => Assert.True(ApiSchemas.All.ContainsKey(shape), shape)));
    }

    [Fact]
    public void The_shapes_of_settings_have_every_member_there_is()
    {
        AssertSame(AdminJson.Default.KeySettings, ApiSchemas.All["CreateKey"]);
        AssertSame(AdminJson.Default.GroupSettings, ApiSchemas.All["CreateGroup"]);
        AssertSame(AdminJson.Default.RotateRequest, ApiSchemas.All["Rotate"]);
        AssertSame(AdminJson.Default.DeadLetter, ApiSchemas.All["DeadLetter"]);
        AssertSame(AdminJson.Default.KeyLimits, ApiSchemas.All["CreateKey"].Properties!["limits"]);
        AssertSame(AdminJson.Default.KeyBudget, ApiSchemas.All["CreateKey"].Properties!["budget"]);
    }

    private static void AssertSame(JsonTypeInfo type, IOpenApiSchema schema) =>
        Assert.Equal(type.Properties.Select(p => p.Name).Order(StringComparer.Ordinal), schema.Properties!.Keys.Order(StringComparer.Ordinal));
}
