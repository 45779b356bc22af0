using System.Net;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>Keys that clients have already, from the gateway they come from.</summary>
public sealed class ImportedKeyTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData("ar-8fK2nQ0vX4mT7pL1")]
    [InlineData("sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("gw-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg")]
    [InlineData("tr_live.0~+/==0123")]
    public async Task A_key_of_another_gateway_works_here_in_both_headers(string value)
    {
        var created = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { name = "imported", value });
        Assert.Equal(value, created.GetProperty("key").GetString());
        foreach (var (name, text) in new[] { ("x-api-key", value), ("Authorization", "Bearer " + value) })
        {
            using var request = TestGateway.Messages("demo/echo", false, key: null);
            request.Headers.TryAddWithoutValidation(name, text);
            using var response = await _gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        // Of the value itself only the first characters are ever shown again.
        var id = created.GetProperty("id").GetString();
        var shown = await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}");
        Assert.DoesNotContain(value[^6..], shown.GetRawText());
        Assert.StartsWith(shown.GetProperty("prefix").GetString()!, value);
        Assert.InRange(shown.GetProperty("prefix").GetString()!.Length, 1, 8);
        Assert.Contains($"value of {id} already", await RefusalAsync(value));
    }

    [Theory]
    [InlineData("ar-short", "16 to 256")]
    [InlineData("ar-with a blank in it", "A-Z")]
    [InlineData("ar-ümläut-0123456789", "A-Z")]
    [InlineData("gw-made-up-0123456789", "made by this gateway")]
    [InlineData("sk-ant-api03-0123456789", "Anthropic")]
    [InlineData(TestGateway.AdminKey, "")]
    public async Task A_value_that_cannot_be_a_clients_key_is_refused_with_the_reason(string value, string reason)
    {
        var refusal = await RefusalAsync(value);
        Assert.Contains(reason, refusal);
        Assert.DoesNotContain(value, refusal);
        Assert.Contains("16 to 256", await RefusalAsync(new string('a', 257)));
    }

    [Fact]
    public async Task The_value_of_a_key_is_not_changed_by_a_patch()
    {
        var (id, _) = await _gateway.CreateKeyAsync();
        using var request = TestGateway.Post($"/admin/v1/keys/{id}", """{"value":"ar-0123456789abcdef"}""", TestGateway.AdminKey);
        request.Method = HttpMethod.Patch;
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<string> RefusalAsync(string value)
    {
        using var response = await _gateway.SendAsync(TestGateway.Post("/admin/v1/keys", JsonSerializer.Serialize(new { value }), TestGateway.AdminKey));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("errors").GetProperty("value")[0].GetString()!;
    }
}
