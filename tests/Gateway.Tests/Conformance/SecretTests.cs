using System.Net;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
public sealed class SecretTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    [Theory]
    [InlineData("/v1.0/secrets/filesecrets/openai:key", """{"openai:key":"sk-1"}""")]
    [InlineData("/v1.0/secrets/filesecrets/bulk", """{"plain":{"plain":"v"},"openai:key":{"openai:key":"sk-1"}}""")]
    [InlineData("/v1.0/secrets/envsecrets/CONFORMANCE_UNSET_VARIABLE", """{"CONFORMANCE_UNSET_VARIABLE":""}""")]
    public async Task Secrets_are_objects_of_one_name(string path, string expected)
    {
        using var response = await GetAsync(A, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(
            System.Text.Json.Nodes.JsonNode.Parse(expected), System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task Environment_is_read_and_the_sidecars_own_tokens_are_not()
    {
        using var path = await GetAsync(A, "/v1.0/secrets/envsecrets/PATH");
        Assert.NotEmpty((await ReadJsonAsync(path)).GetProperty("PATH").GetString()!);
        using var all = await GetAsync(A, "/v1.0/secrets/envsecrets/bulk");
        Assert.NotEmpty((await ReadJsonAsync(all)).GetProperty("PATH").GetProperty("PATH").GetString()!);
        using var own = await GetAsync(A, "/v1.0/secrets/envsecrets/APP_API_TOKEN");
        Assert.Equal("", (await ReadJsonAsync(own)).GetProperty("APP_API_TOKEN").GetString());
    }

    [Fact]
    public async Task Missing_secret_of_a_file_is_an_error() =>
        await AssertErrorAsync(
            await GetAsync(A, "/v1.0/secrets/filesecrets/nokey"), 500, "ERR_SECRET_GET",
            "failed getting secret with key nokey from secret store filesecrets: secret nokey not found");

    [Fact]
    public async Task Unknown_store_is_401() =>
        await AssertErrorAsync(
            await GetAsync(A, "/v1.0/secrets/nostore/key"), 401, "ERR_SECRET_STORE_NOT_FOUND", "failed finding secret store with key nostore");
}
