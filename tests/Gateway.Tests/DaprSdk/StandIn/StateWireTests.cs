using Dapr;
using Dapr.Client;

namespace Gateway.Tests.DaprSdk.StandIn;

public sealed class StateWireTests : IAsyncLifetime
{
    private const string FailedMessage = "State operation failed: the Dapr endpoint indicated a failure. See InnerException for details.";

    private RecordingSidecar _sidecar = null!;
    private DaprClient _client = null!;

    private sealed record Widget(string Name, int Size);

    public async Task InitializeAsync()
    {
        _sidecar = await RecordingSidecar.StartAsync();
        _client = new DaprClientBuilder().UseHttpEndpoint(_sidecar.Url).UseDaprApiToken("tok").Build();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task Get_reads_the_value_and_its_unquoted_etag_and_sends_the_token()
    {
        _sidecar.Answers(200, """{"name":"a","size":3}""", ("ETag", "5f2c-1"));

        var (value, etag) = await _client.GetStateAndETagAsync<Widget>("keys", "a/b c", ConsistencyMode.Strong, new Dictionary<string, string> { ["partitionKey"] = "p&q" });

        Assert.Equal((new Widget("a", 3), "5f2c-1"), (value, etag));
        var request = Assert.Single(_sidecar.Requests);
        Assert.Equal("GET /v1.0/state/keys/a%2Fb%20c?consistency=strong&metadata.partitionKey=p%26q", $"{request.Method} {request.Target}");
        Assert.Equal("tok", request.Headers["dapr-api-token"]);
        Assert.StartsWith("dapr-sdk-dotnet/v1.18.5", request.Headers.UserAgent.ToString());
    }

    [Fact]
    public async Task Missing_key_is_the_default_with_an_empty_etag()
    {
        Assert.Equal((0, ""), await _client.GetStateAndETagAsync<int>("keys", "none"));
        Assert.Null(await _client.GetStateAsync<Widget>("keys", "none"));
    }

    [Fact]
    public async Task Save_sends_options_and_metadata_and_no_etag()
    {
        await _client.SaveStateAsync("keys", "k", new Widget("a", 1),
            new StateOptions { Concurrency = ConcurrencyMode.FirstWrite, Consistency = ConsistencyMode.Eventual }, new Dictionary<string, string> { ["ttlInSeconds"] = "30" });

        var request = Assert.Single(_sidecar.Requests);
        Assert.Equal("POST /v1.0/state/keys", $"{request.Method} {request.Target}");
        Assert.Equal("application/json", request.Headers.ContentType);
        Assert.Equal("""[{"key":"k","value":{"name":"a","size":1},"metadata":{"ttlInSeconds":"30"},"options":{"concurrency":"first-write","consistency":"eventual"}}]""", request.Text);
    }

    [Fact]
    public async Task Etag_mismatch_is_false_where_an_etag_was_given_and_an_exception_where_not()
    {
        _sidecar.Answers(409, """{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}""");

        Assert.False(await _client.TrySaveStateAsync("keys", "k", 5, "e1"));
        Assert.False(await _client.TryDeleteStateAsync("keys", "k", "e1"));
        var thrown = await Assert.ThrowsAsync<DaprException>(() => _client.SaveStateAsync("keys", "k", 5));

        Assert.Equal(FailedMessage, thrown.Message);
        Assert.Contains("possible etag mismatch", thrown.InnerException!.Message);
        Assert.Equal("""[{"key":"k","value":5,"etag":"e1"}]""", _sidecar.Requests[0].Text);
        Assert.Equal("e1", _sidecar.Requests[1].Headers.IfMatch);
    }

    [Fact]
    public async Task Try_calls_are_true_on_success_and_refuse_a_null_etag()
    {
        Assert.True(await _client.TrySaveStateAsync("keys", "k", 5, ""));
        Assert.True(await _client.TryDeleteStateAsync("keys", "k", "e", new StateOptions { Concurrency = ConcurrencyMode.LastWrite }));
        Assert.Equal("/v1.0/state/keys/k?concurrency=last-write", _sidecar.Requests[1].Target);

        Assert.Equal("etag", (await Assert.ThrowsAsync<ArgumentNullException>(() => _client.TrySaveStateAsync("keys", "k", 5, null!))).ParamName);
        Assert.Equal("etag", (await Assert.ThrowsAsync<ArgumentNullException>(() => _client.TryDeleteStateAsync("keys", "k", null!))).ParamName);
    }

    [Fact]
    public async Task Transaction_sends_raw_values_with_etags_and_fails_whole()
    {
        StateTransactionRequest[] operations =
        [
            new("a", """{"n":1}"""u8.ToArray(), StateOperationType.Upsert, "e1", new Dictionary<string, string> { ["ttlInSeconds"] = "9" }, new StateOptions { Concurrency = ConcurrencyMode.FirstWrite }),
            new("b", null, StateOperationType.Delete),
        ];

        await _client.ExecuteStateTransactionAsync("keys", operations, new Dictionary<string, string> { ["m"] = "x" });

        var request = Assert.Single(_sidecar.Requests);
        Assert.Equal("POST /v1.0/state/keys/transaction", $"{request.Method} {request.Target}");
        Assert.Equal(
            """{"operations":[{"operation":"upsert","request":{"key":"a","value":{"n":1},"etag":"e1","metadata":{"ttlInSeconds":"9"},"options":{"concurrency":"first-write"}}},"""
            + """{"operation":"delete","request":{"key":"b"}}],"metadata":{"m":"x"}}""", request.Text);

        _sidecar.Answers(500, """{"errorCode":"ERR_STATE_TRANSACTION","message":"possible etag mismatch"}""");
        Assert.Equal(FailedMessage, (await Assert.ThrowsAsync<DaprException>(() => _client.ExecuteStateTransactionAsync("keys", operations))).Message);
    }

    [Fact]
    public async Task Empty_transactions_and_names_are_refused_as_the_official_client_does()
    {
        Assert.Contains("operations does not contain any elements", (await Assert.ThrowsAsync<ArgumentException>(() => _client.ExecuteStateTransactionAsync("keys", []))).Message);
        await Assert.ThrowsAsync<ArgumentNullException>(() => _client.ExecuteStateTransactionAsync("keys", null!));
        Assert.StartsWith("The value cannot be null or empty", (await Assert.ThrowsAsync<ArgumentException>(() => _client.GetStateAsync<int>("", "k"))).Message);
        Assert.Equal("key", (await Assert.ThrowsAsync<ArgumentNullException>(() => _client.SaveStateAsync("keys", null!, 1))).ParamName);
        Assert.Empty(_sidecar.Requests);
    }

    [Fact]
    public async Task Unreadable_value_and_dead_sidecar_are_Dapr_exceptions()
    {
        _sidecar.Answers(200, "not json");
        Assert.Equal("State operation failed: the state payload could not be deserialized. See InnerException for details.",
            (await Assert.ThrowsAsync<DaprException>(() => _client.GetStateAsync<int>("keys", "k"))).Message);

        await _sidecar.DisposeAsync();
        var down = await Assert.ThrowsAsync<DaprException>(() => _client.GetStateAsync<int>("keys", "k"));
        Assert.Equal(FailedMessage, down.Message);
        Assert.IsType<HttpRequestException>(down.InnerException);
        Assert.False(await _client.CheckHealthAsync());
    }

    [Fact]
    public async Task Cancellation_stays_a_cancellation_and_a_timeout_is_a_failure()
    {
        var never = new TaskCompletionSource();
        _sidecar.Answer = (_, context) => never.Task.WaitAsync(context.RequestAborted);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetStateAsync<int>("keys", "k", cancellationToken: cancel.Token));

        using var hasty = new DaprClientBuilder().UseHttpEndpoint(_sidecar.Url).UseTimeout(TimeSpan.FromMilliseconds(50)).Build();
        Assert.Equal(FailedMessage, (await Assert.ThrowsAsync<DaprException>(() => hasty.GetStateAsync<int>("keys", "k"))).Message);
        never.SetResult();
    }
}
