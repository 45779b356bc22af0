using System.Net;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
public sealed class StateTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    private const string Store = "/v1.0/state/sqlstore";

    private readonly string _key = Unique("k");

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task What_is_saved_is_read_back_with_an_unquoted_etag(string verb)
    {
        using var saved = await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, Store, Json($$$"""[{"key":"{{{_key}}}","value":{"n":[1,"é"]}}]""")));
        Assert.Equal(HttpStatusCode.NoContent, saved.StatusCode);
        Assert.Empty(await saved.Content.ReadAsByteArrayAsync());
        using var read = await GetAsync(A, $"{Store}/{_key}");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal("application/json", read.Content.Headers.ContentType!.ToString());
        Assert.Equal("""{"n":[1,"é"]}""", await read.Content.ReadAsStringAsync());
        Assert.True(Guid.TryParse(read.Headers.NonValidated["Etag"].ToString(), out _));
    }

    [Fact]
    public async Task Empty_list_is_saved_without_ado() =>
        Assert.Equal(HttpStatusCode.NoContent, (await A.PostAsync(Store, Json("[]"))).StatusCode);

    [Fact]
    public async Task Missing_key_is_204_without_etag()
    {
        using var read = await GetAsync(A, $"{Store}/{_key}");
        Assert.Equal(HttpStatusCode.NoContent, read.StatusCode);
        Assert.False(read.Headers.NonValidated.Contains("Etag"));
        Assert.Equal(HttpStatusCode.NoContent, (await A.DeleteAsync($"{Store}/{_key}")).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1.0/state/nostore/k", null)]
    [InlineData("POST", "/v1.0/state/nostore", "[]")]
    [InlineData("DELETE", "/v1.0/state/nostore/k", null)]
    [InlineData("POST", "/v1.0/state/nostore/bulk", """{"keys":["k"]}""")]
    public async Task Unknown_store_is_named(string verb, string path, string? body)
    {
        using var response = await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, path, body is null ? null : Json(body)));
        await AssertErrorAsync(response, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found");
        var info = (await ReadJsonAsync(response)).GetProperty("details")[0];
        Assert.Equal("type.googleapis.com/google.rpc.ErrorInfo", info.GetProperty("@type").GetString());
        Assert.Equal("DAPR_STATE_NOT_FOUND", info.GetProperty("reason").GetString());
        Assert.Equal("a", info.GetProperty("metadata").GetProperty("appID").GetString());
    }

    [Fact]
    public async Task Store_out_of_scope_is_unknown() =>
        await AssertErrorAsync(await GetAsync(B, "/v1.0/state/storeofa/k"), 400, "ERR_STATE_STORE_NOT_FOUND", "state store storeofa is not found");

    [Fact]
    public async Task Wrong_etag_is_409_and_the_right_one_saves()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1}]""", 204);
        using var wrong = await A.PostAsync(Store, Json($$$"""[{"key":"{{{_key}}}","value":2,"etag":"{{{Guid.NewGuid()}}}"}]"""));
        await AssertErrorAsync(wrong, 409, "ERR_STATE_SAVE", "failed saving state in state store sqlstore: possible etag mismatch. error from state store");
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":3,"etag":"{{{await ETagAsync(_key)}}}"}]""", 204);
        Assert.Equal("3", await ReadAsync(_key));
    }

    [Fact]
    public async Task Delete_with_wrong_etag_is_409()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1}]""", 204);
        using var wrong = await A.SendAsync(Request(HttpMethod.Delete, A.BaseAddress!, $"{Store}/{_key}", null, ("If-Match", Guid.NewGuid().ToString())));
        await AssertErrorAsync(wrong, 409, "ERR_STATE_DELETE", $"failed deleting state with key {_key}: possible etag mismatch. error from state store");
        using var right = await A.SendAsync(Request(HttpMethod.Delete, A.BaseAddress!, $"{Store}/{_key}", null, ("If-Match", await ETagAsync(_key))));
        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        Assert.Equal("", await ReadAsync(_key));
    }

    [Fact]
    public async Task First_write_without_etag_takes_only_a_new_key()
    {
        var body = $$$"""[{"key":"{{{_key}}}","value":1,"options":{"concurrency":"first-write"}}]""";
        await SaveAsync(body, 204);
        await SaveAsync(body, 409);
    }

    [Fact]
    public async Task Several_items_are_saved_one_by_one()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1}]""", 204);
        await SaveAsync(
            $$$"""[{"key":"{{{_key}}}x","value":1},{"key":"{{{_key}}}","value":2,"etag":"{{{Guid.NewGuid()}}}"},{"key":"{{{_key}}}y","value":1}]""", 409);
        Assert.Equal("1", await ReadAsync(_key));
        Assert.Equal("1", await ReadAsync(_key + "x"));
        Assert.Equal("1", await ReadAsync(_key + "y"));
    }

    [Fact]
    public async Task Bulk_get_gives_data_and_etag_or_the_key_alone()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":3}]""", 204);
        using var response = await A.PostAsync(Store + "/bulk", Json($$$"""{"keys":["{{{_key}}}","{{{_key}}}no"],"parallelism":2}"""));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var items = (await ReadJsonAsync(response)).EnumerateArray().ToDictionary(i => i.GetProperty("key").GetString()!);
        Assert.Equal(3, items[_key].GetProperty("data").GetInt32());
        Assert.Equal(await ETagAsync(_key), items[_key].GetProperty("etag").GetString());
        Assert.False(items[_key + "no"].TryGetProperty("data", out _));
    }

    [Fact]
    public async Task Transaction_is_all_or_nothing()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1}]""", 204);
        var done = await TransactAsync(
            $$$"""{"operations":[{"operation":"upsert","request":{"key":"{{{_key}}}x","value":2}},{"operation":"delete","request":{"key":"{{{_key}}}"}}]}""");
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        Assert.Equal("2", await ReadAsync(_key + "x"));
        Assert.Equal("", await ReadAsync(_key));
        var failed = await TransactAsync(
            $$$"""{"operations":[{"operation":"upsert","request":{"key":"{{{_key}}}z","value":2}},{"operation":"upsert","request":"""
            + $$$"""{"key":"{{{_key}}}x","value":3,"etag":"{{{Guid.NewGuid()}}}"}}]}""");
        await AssertErrorAsync(failed, 500, "ERR_STATE_TRANSACTION", "error while executing state transaction: possible etag mismatch. error from state store");
        Assert.Equal("2", await ReadAsync(_key + "x"));
        Assert.Equal("", await ReadAsync(_key + "z"));
    }

    [Fact]
    public async Task Transaction_refuses_unknown_operations_and_takes_none()
    {
        var unknown = await TransactAsync($$$"""{"operations":[{"operation":"nonsense","request":{"key":"{{{_key}}}"}}]}""");
        await AssertErrorAsync(unknown, 400, "ERR_NOT_SUPPORTED_STATE_OPERATION", "operation type nonsense not supported");
        Assert.Equal(HttpStatusCode.NoContent, (await TransactAsync("""{"operations":[]}""")).StatusCode);
    }

    [Theory]
    [InlineData("{nonsense", "")]
    [InlineData("""{"key":"k"}""", "cannot unmarshal object into Go value of type []state.SetRequest")]
    [InlineData("""[{"value":1}]""", "\"key\" is a required field")]
    [InlineData("""[{"key":"a||b","value":1}]""", "||")]
    public async Task Malformed_requests_are_refused(string body, string message) =>
        await AssertErrorAsync(await A.PostAsync(Store, Json(body)), 400, "ERR_MALFORMED_REQUEST", message);

    [Fact]
    public async Task Key_with_the_separator_is_refused_with_its_reason()
    {
        using var response = await A.PostAsync(Store, Json("""[{"key":"a||b","value":1}]"""));
        var details = (await ReadJsonAsync(response)).GetProperty("details").EnumerateArray().ToList();
        Assert.Contains(details, d => d.TryGetProperty("reason", out var reason) && reason.GetString() == "DAPR_STATE_ILLEGAL_KEY");
        Assert.Contains(details, d => d.GetProperty("@type").GetString() == "type.googleapis.com/google.rpc.BadRequest");
        Assert.Contains(details, d => d.GetProperty("@type").GetString() == "type.googleapis.com/google.rpc.ResourceInfo");
    }

    [Fact]
    public async Task Time_to_live_ends_a_key()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1,"metadata":{"ttlInSeconds":"2"}}]""", 204);
        using var read = await GetAsync(A, $"{Store}/{_key}");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", read.Headers.NonValidated["Metadata.ttlexpiretime"].ToString());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await ReadAsync(_key) != "")
            await Task.Delay(50, patience.Token);
    }

    [Fact]
    public async Task Time_to_live_must_be_a_number() =>
        await AssertErrorAsync(
            await A.PostAsync(Store, Json($$$"""[{"key":"{{{_key}}}","value":1,"metadata":{"ttlInSeconds":"abc"}}]""")), 500, "ERR_STATE_SAVE", "");

    [Fact]
    public async Task Key_with_a_slash_is_escaped()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}/b","value":1}]""", 204);
        Assert.Equal("1", await ReadAsync(_key + "%2Fb"));
    }

    [Fact]
    public async Task Keys_belong_to_the_app_unless_the_prefix_is_the_stores_name()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":1}]""", 204);
        using var ofB = await GetAsync(B, $"{Store}/{_key}");
        Assert.Equal(HttpStatusCode.NoContent, ofB.StatusCode);
        if (SidecarPair.IsExternal)
            return;
        // Two daprds would have to share the file for this; ours share it anyway.
        using var saved = await A.PostAsync("/v1.0/state/namedstore", Json($$$"""[{"key":"{{{_key}}}","value":5}]"""));
        using var shared = await GetAsync(B, "/v1.0/state/namedstore/" + _key);
        Assert.Equal("5", await shared.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Concurrent_writers_with_etags_lose_no_update()
    {
        await SaveAsync($$$"""[{"key":"{{{_key}}}","value":0}]""", 204);
        async Task IncrementAsync()
        {
            while (true)
            {
                using var read = await GetAsync(A, $"{Store}/{_key}");
                var value = int.Parse(await read.Content.ReadAsStringAsync());
                using var written = await A.PostAsync(
                    Store,
                    Json(
                        $$$"""[{"key":"{{{_key}}}","value":{{{value + 1}}},"etag":"{{{read.Headers.NonValidated["Etag"]}}}","options":"""
                        + $$$"""{"concurrency":"first-write"}}]"""));
                if (written.StatusCode == HttpStatusCode.NoContent)
                    return;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => IncrementAsync())).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("20", await ReadAsync(_key));
    }

    private async Task SaveAsync(string body, int status)
    {
        using var response = await A.PostAsync(Store, Json(body));
        Assert.Equal(status, (int)response.StatusCode);
    }

    private Task<HttpResponseMessage> TransactAsync(string body) => A.PostAsync(Store + "/transaction", Json(body));

    private async Task<string> ReadAsync(string rawKey) => await (await GetAsync(A, $"{Store}/{rawKey}")).Content.ReadAsStringAsync();

    private async Task<string> ETagAsync(string key) => (await GetAsync(A, $"{Store}/{key}")).Headers.NonValidated["Etag"].ToString();
}
