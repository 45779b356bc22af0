using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Conformance;

/// <summary>What the conformance tests share: the pair, and short ways to send and read.</summary>
public abstract class ConformanceTests(SharedSidecarPair shared) : IClassFixture<SharedSidecarPair>
{
    /// <summary>Name of the trait that says on which daprd the behaviour was observed; <see cref="Ours"/>: it is about our own runtime alone.</summary>
    internal const string Daprd = "daprd";
    internal const string Ours = "ours";

    internal virtual SidecarPair Pair => shared.Pair;

    internal HttpClient A => Pair.A;

    internal HttpClient B => Pair.B;

    internal static string Unique(string prefix) => prefix + Guid.NewGuid().ToString("N");

    internal static HttpRequestMessage Request(
        HttpMethod method, Uri sidecar, string rawPathAndQuery, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        // As it stands: HttpClient would tidy up the very things these tests are about.
        var uri = new Uri(
            sidecar.GetLeftPart(UriPartial.Authority) + rawPathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri) { Content = content };
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value) || content!.Headers.TryAddWithoutValidation(name, value));
        return request;
    }

    internal static Task<HttpResponseMessage> GetAsync(HttpClient sidecar, string rawPathAndQuery, params (string Name, string Value)[] headers) =>
        sidecar.SendAsync(Request(HttpMethod.Get, sidecar.BaseAddress!, rawPathAndQuery, null, headers));

    internal static StringContent Json(string body) => new(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    internal static async Task<JsonElement> ReadJsonAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    internal static async Task AssertErrorAsync(HttpResponseMessage response, int status, string errorCode, string messagePart)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"expected {status}, got {(int)response.StatusCode}: {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var json = JsonDocument.Parse(body).RootElement;
        Assert.Equal(errorCode, json.GetProperty("errorCode").GetString());
        Assert.Contains(messagePart, json.GetProperty("message").GetString());
    }

    internal static string RawTarget(Microsoft.AspNetCore.Http.HttpContext context) => context.Features.Get<IHttpRequestFeature>()!.RawTarget;
}
