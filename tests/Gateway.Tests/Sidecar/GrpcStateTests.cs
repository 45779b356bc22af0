using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Tests.LocalSidecar;

public sealed class GrpcStateTests(GrpcSidecar sidecar) : IClassFixture<GrpcSidecar>
{
    private const string Store = "sqlstore";
    private const int Aborted = 10;
    private const int InvalidArgument = 3;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const ulong FirstWrite = 1;
    private const ulong LastWrite = 2;

    private readonly string _key = "k" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Missing_key_is_an_empty_message() =>
        (await GetAsync(_key)).AssertEmpty();

    [Fact]
    public async Task What_is_saved_comes_back_with_its_etag_byte_for_byte()
    {
        (await SaveAsync(Item(_key, """{"n":[1,"é"]}"""))).AssertEmpty();
        var answer = await GetAsync(_key);
        var etag = ETagOf(answer);
        Assert.True(Guid.TryParse(etag, out _));
        Assert.Equal(new ProtoBytes().Text(1, """{"n":[1,"é"]}""").Text(2, etag).Framed(), answer.Body);
    }

    [Fact]
    public async Task Http_and_grpc_see_the_same_state()
    {
        (await SaveAsync(Item(_key, """{"n":1}"""))).AssertEmpty();
        using var overHttp = await sidecar.HttpA.GetAsync($"/v1.0/state/{Store}/{_key}");
        Assert.Equal("""{"n":1}""", await overHttp.Content.ReadAsStringAsync());
        Assert.Equal(ETagOf(await GetAsync(_key)), overHttp.Headers.NonValidated["Etag"].ToString());
    }

    [Fact]
    public async Task Keys_of_one_app_are_not_the_keys_of_another()
    {
        (await SaveAsync(Item(_key, "1"))).AssertEmpty();
        var other = await sidecar.SendAsync("b", "/dapr.proto.runtime.v1.Dapr/GetState", new ByteArrayContent(Get(_key).Framed()), CancellationToken.None);
        other.AssertEmpty();
    }

    [Fact]
    public async Task Null_is_saved_as_nothing_and_has_an_etag()
    {
        // The official client leaves the value of null out.
        (await SaveAsync(new ProtoBytes().Text(1, _key))).AssertEmpty();
        var answer = await GetAsync(_key);
        Assert.Equal(new ProtoBytes().Text(2, ETagOf(answer)).ToArray(), answer.Content());
        using var bulk = await sidecar.HttpA.PostAsync(
            $"/v1.0/state/{Store}/bulk", new StringContent($$"""{"keys":["{{_key}}"]}""", new MediaTypeHeaderValue("application/json")));
        Assert.Contains("\"data\":null", await bulk.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Wrong_etag_is_aborted_and_the_right_one_saves()
    {
        (await SaveAsync(Item(_key, "1"))).AssertEmpty();
        var etag = ETagOf(await GetAsync(_key));
        (await SaveAsync(Item(_key, "2", etag: "99"))).AssertStatus(
            Aborted, $"failed saving state in state store {Store}: possible etag mismatch. error from state store");
        (await SaveAsync(Item(_key, "3", etag))).AssertEmpty();
        Assert.Equal("3", ValueOf(await GetAsync(_key)));
        (await SaveAsync(Item(_key, "4", etag))).AssertStatus(
            Aborted, $"failed saving state in state store {Store}: possible etag mismatch. error from state store");
    }

    [Fact]
    public async Task Empty_etag_is_none()
    {
        // TrySaveStateAsync sends one even when it is empty.
        (await SaveAsync(Item(_key, "1", etag: ""))).AssertEmpty();
        (await SaveAsync(Item(_key, "2", etag: ""))).AssertEmpty();
        Assert.Equal("2", ValueOf(await GetAsync(_key)));
    }

    [Fact]
    public async Task First_write_saves_a_new_key_only()
    {
        (await SaveAsync(Item(_key, "1", concurrency: FirstWrite))).AssertEmpty();
        (await SaveAsync(Item(_key, "2", concurrency: FirstWrite))).AssertStatus(
            Aborted, $"failed saving state in state store {Store}: possible etag mismatch. error from state store");
        (await SaveAsync(Item(_key, "3", concurrency: LastWrite))).AssertEmpty();
        Assert.Equal("3", ValueOf(await GetAsync(_key)));
    }

    [Fact]
    public async Task Time_to_live_is_kept_and_told()
    {
        (await SaveAsync(Item(_key, "1").Entry(4, "ttlInSeconds", "600"))).AssertEmpty();
        var fields = ProtoBytes.Read((await GetAsync(_key)).Content());
        var entry = ProtoBytes.Read(fields.Single(f => f.Field == 3).Value);
        Assert.Equal("ttlExpireTime", Encoding.UTF8.GetString(entry[0].Value));
        var expires = DateTimeOffset.Parse(Encoding.UTF8.GetString(entry[1].Value), CultureInfo.InvariantCulture);
        Assert.InRange(expires - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(500), TimeSpan.FromSeconds(601));
        (await SaveAsync(Item(_key, "1").Entry(4, "ttlInSeconds", "abc")))
            .AssertStatus(Internal, $"failed saving state in state store {Store}: incorrect value for metadata ttlInSeconds: abc");
    }

    [Fact]
    public async Task Deleting_removes_the_key_and_minds_the_etag()
    {
        (await SaveAsync(Item(_key, "1"))).AssertEmpty();
        var etag = ETagOf(await GetAsync(_key));
        (await CallAsync("DeleteState", Delete(_key).Message(3, new ProtoBytes().Text(1, "99")).Message(4, Options(FirstWrite))))
            .AssertStatus(Aborted, $"failed deleting state with key {_key}: possible etag mismatch. error from state store");
        (await CallAsync("DeleteState", Delete(_key).Message(3, new ProtoBytes().Text(1, etag)))).AssertEmpty();
        (await GetAsync(_key)).AssertEmpty();
        (await CallAsync("DeleteState", Delete(_key))).AssertEmpty();
    }

    [Fact]
    public async Task Transaction_writes_and_deletes_together()
    {
        (await SaveAsync(Item(_key, "1"))).AssertEmpty();
        (await TransactAsync(("upsert", Item(_key + "2", """{"a":2}""")), ("delete", new ProtoBytes().Text(1, _key)))).AssertEmpty();
        (await GetAsync(_key)).AssertEmpty();
        Assert.Equal("""{"a":2}""", ValueOf(await GetAsync(_key + "2")));
    }

    [Fact]
    public async Task Transaction_with_a_wrong_etag_writes_nothing_and_is_no_abort()
    {
        (await SaveAsync(Item(_key, "1"))).AssertEmpty();
        (await TransactAsync(("upsert", Item(_key + "2", "2")), ("upsert", Item(_key, "3", etag: "99"))))
            .AssertStatus(Internal, "error while executing state transaction: possible etag mismatch. error from state store");
        (await GetAsync(_key + "2")).AssertEmpty();
        Assert.Equal("1", ValueOf(await GetAsync(_key)));
    }

    [Fact]
    public async Task Transaction_takes_upsert_and_delete_only()
    {
        (await TransactAsync(("nonsense", Item(_key, "1")))).AssertStatus(Unimplemented, "operation type nonsense not supported");
        (await TransactAsync()).AssertEmpty();
    }

    [Theory]
    [InlineData("GetState")]
    [InlineData("SaveState")]
    [InlineData("DeleteState")]
    [InlineData("ExecuteStateTransaction")]
    public async Task Unknown_store_is_named(string method) =>
        (await CallAsync(method, new ProtoBytes().Text(1, "nostore"))).AssertStatus(InvalidArgument, "state store nostore is not found");

    [Fact]
    public async Task Store_out_of_scope_is_unknown()
    {
        var answer = await sidecar.SendAsync(
            "b", "/dapr.proto.runtime.v1.Dapr/GetState", new ByteArrayContent(new ProtoBytes().Text(1, "storeofa").Text(2, "k").Framed()),
            CancellationToken.None);
        answer.AssertStatus(InvalidArgument, "state store storeofa is not found");
    }

    [Fact]
    public async Task Keys_must_be_there_and_without_the_separator()
    {
        (await SaveAsync(Item("", "1"))).AssertStatus(InvalidArgument, "state key cannot be empty");
        (await GetAsync("x||y")).AssertStatus(InvalidArgument, "input key/keyPrefix 'x||y' can't contain '||'");
    }

    [Fact]
    public async Task Fields_of_a_later_version_are_passed_over()
    {
        (
            await CallAsync(
                "SaveState",
                new ProtoBytes()
                    .Number(77, 12345678901).Text(1, Store).Message(2, Item(_key, "1").Text(99, "new").Number(98, 7))
                    .Text(100, "new"))).AssertEmpty();
        Assert.Equal("1", ValueOf(await GetAsync(_key)));
    }

    [Fact]
    public async Task Megabytes_pass_both_ways()
    {
        var value = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
        (await SaveAsync(new ProtoBytes().Text(1, _key).Bytes(2, value))).AssertEmpty();
        var data = ProtoBytes.Read((await GetAsync(_key)).Content()).Single(f => f.Field == 1).Value;
        Assert.True(data.AsSpan().SequenceEqual(value));
    }

    [Fact]
    public async Task Of_many_that_race_with_one_etag_exactly_one_wins()
    {
        (await SaveAsync(Item(_key, "0"))).AssertEmpty();
        var etag = ETagOf(await GetAsync(_key));
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => SaveAsync(Item(_key, i.ToString(), etag))));
        Assert.Single(answers, a => a.Status == "0");
        Assert.All(answers.Where(a => a.Status != "0"), a => Assert.Equal("10", a.Status));
    }

    [Fact]
    public async Task Http_1_on_the_grpc_port_is_refused()
    {
        using var client = GrpcSidecar.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sidecar.GrpcA, "/v1.0/healthz"))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static ProtoBytes Get(string key) => new ProtoBytes().Text(1, Store).Text(2, key).Number(3, 2);

    private static ProtoBytes Delete(string key) => new ProtoBytes().Text(1, Store).Text(2, key);

    private static ProtoBytes Options(ulong concurrency) => new ProtoBytes().Number(1, concurrency).Number(2, 2);

    private static ProtoBytes Item(string key, string value, string? etag = null, ulong? concurrency = null)
    {
        var item = new ProtoBytes().Text(1, key).Text(2, value);
        if (etag is not null)
            item.Message(3, etag.Length == 0 ? new ProtoBytes() : new ProtoBytes().Text(1, etag));
        if (concurrency is { } given)
            item.Message(5, Options(given));
        return item;
    }

    private static string ETagOf(GrpcAnswer answer) => Encoding.UTF8.GetString(ProtoBytes.Read(answer.Content()).Single(f => f.Field == 2).Value);

    private static string ValueOf(GrpcAnswer answer) => Encoding.UTF8.GetString(ProtoBytes.Read(answer.Content()).Single(f => f.Field == 1).Value);

    private Task<GrpcAnswer> CallAsync(string method, ProtoBytes message) => sidecar.CallAsync(method, message);

    private Task<GrpcAnswer> GetAsync(string key) => CallAsync("GetState", Get(key));

    private Task<GrpcAnswer> SaveAsync(ProtoBytes item) => CallAsync("SaveState", new ProtoBytes().Text(1, Store).Message(2, item));

    private Task<GrpcAnswer> TransactAsync(params (string Kind, ProtoBytes Item)[] operations)
    {
        var request = new ProtoBytes().Text(1, Store);
        foreach (var (kind, item) in operations)
            request.Message(2, new ProtoBytes().Text(1, kind).Message(2, item));
        return CallAsync("ExecuteStateTransaction", request.Entry(3, "some", "metadata"));
    }
}
