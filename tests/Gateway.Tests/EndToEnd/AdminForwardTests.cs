using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>What of <c>/admin/v1</c> gets through the front door. Request lines are written as they stand: an HTTP client would tidy them.</summary>
public sealed class AdminForwardTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Theory]
    [InlineData("/admin/v1/..%2f..%2fdapr/config")]
    [InlineData("/admin/v1/..%2F..%2Fhealthz%2Fready")]
    [InlineData("/admin/v1/%2e%2e%2f%2e%2e%2fdapr/config")]
    [InlineData("/admin/v1/%2e%2e/%2e%2e/dapr/config")]
    [InlineData("/admin/v1/../../dapr/config")]
    [InlineData("/admin/v1/..%252f..%252fdapr/config")]
    [InlineData("/admin/v1/%252e%252e/%252e%252e/dapr/config")]
    [InlineData("/admin/v1/%252e%252e%252f%252e%252e%252fdapr%252fconfig")]
    [InlineData("/admin/v1/..%5c..%5cdapr/config")]
    [InlineData("/admin/v1/keys/..%2f..%2f..%2fkeys/key_default/self")]
    [InlineData("/admin/v1/keys/%2e%2e%2f%2e%2e%2f%2e%2e%2factors%2fKeyDirectory%2fall%2fmethod%2fGetKeyAsync")]
    public async Task No_spelling_of_a_path_leads_out_of_the_admin_api(string target)
    {
        var (status, _, body) = await GetAsync(target);
        Assert.True(status is 401 or 404, $"{status} {body}");
        Assert.DoesNotContain("entities", body, StringComparison.Ordinal);
        Assert.DoesNotContain("key_default", body.Replace(target, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/console/%252e%252e/events/usage")]
    [InlineData("/console/%252e%252e/metrics")]
    [InlineData("/console/..%252fmetrics")]
    [InlineData("/console/..%2fmetrics")]
    [InlineData("/console/..%5cmetrics")]
    [InlineData("/console/%2e%2e/metrics")]
    public async Task No_spelling_of_a_path_leads_out_of_the_consoles_pages(string target)
    {
        foreach (var method in new[] { "GET", "POST" })
        {
            var (status, _, body) = await GetAsync(target, method);
            Assert.True(status is 401 or 404, $"{status} {body}");
        }
    }

    [Theory]
    [InlineData("/admin/v1/keys/a%2fb")]
    [InlineData("/admin/v1/keys/a%25b")]
    [InlineData("/admin/v1/nothing")]
    [InlineData("/admin/v1/keys/key_1/nothing")]
    [InlineData("/admin/v1")]
    public async Task A_path_that_the_admin_api_does_not_have_is_a_problem_that_says_where_to_look(string target)
    {
        var (status, type, body) = await GetAsync(target);
        Assert.Equal((404, "application/problem+json"), (status, type));
        var problem = JsonNode.Parse(body)!;
        Assert.Equal(404, (int)problem["status"]!);
        Assert.Contains("/openapi/admin.json", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_take_is_a_problem_that_names_those_it_takes()
    {
        var (status, type, body) = await GetAsync("/admin/v1/keys", "PUT");
        Assert.Equal((405, "application/problem+json"), (status, type));
        var detail = (string)JsonNode.Parse(body)!["detail"]!;
        Assert.Contains("GET", detail, StringComparison.Ordinal);
        Assert.Contains("POST", detail, StringComparison.Ordinal);
    }

    private async Task<(int Status, string? Type, string Body)> GetAsync(string target, string method = "GET")
    {
        var url = new Uri(shared.Gateway.Url);
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        await using var stream = client.GetStream();
        var head = $"{method} {target} HTTP/1.0\r\nHost: {url.Authority}\r\nx-api-key: {TestGateway.AdminKey}\r\nContent-Length: 0\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        var lines = answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");
        var type = lines.FirstOrDefault(l => l.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1].Split(';')[0].Trim();
        return (int.Parse(lines[0].Split(' ')[1]), type, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }
}
