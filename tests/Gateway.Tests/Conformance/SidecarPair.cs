using System.Net;
using Gateway.Local.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Conformance;

/// <summary>
/// Two sidecars, <c>a</c> and <c>b</c>, and the apps behind them: those that the environment names (see README.md here), else our own in this process.
/// </summary>
/// <param name="inProcess">Our own only: apps, sidecars and clients call each other's applications.</param>
internal sealed class SidecarPair(bool inProcess = false)
{
    internal const string ConfigOfB =
        """{"entities":["DemoActor"],"actorIdleTimeout":"2s","actorScanInterval":"1s","drainOngoingCallTimeout":"5s","drainRebalancedActors":true"""
        + ""","reentrancy":{"enabled":true,"maxStackDepth":32}}""";

    internal const string SubscriptionsOfB = """
        [{"pubsubname":"pubsub","topic":"prog","route":"/topic/prog","metadata":{}},
         {"pubsubname":"pubsub","topic":"deep/topic","route":"topic/deep"},
         {"pubsubname":"pubsub","topic":"routed","routes":{"rules":[{"match":"event.type == \"a.b\"","path":"/topic/ab"}],"default":"/topic/routed-default"}},
         {"pubsubname":"pubsub","topic":"failing","route":"/topic/failing","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"dropping","route":"/topic/dropping","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"unhandled","route":"/topic/unhandled","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"dead","route":"/topic/dead"},
         {"pubsubname":"pubsub","topic":"rawsub","route":"/topic/rawsub","metadata":{"rawPayload":"true"}},
         {"pubsubname":"pubsub","topic":"many","route":"/topic/many","deadLetterTopic":"dead",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":10,"maxAwaitDurationMs":100}},
         {"pubsubname":"bare","topic":"bare-failing","route":"/topic/bare-failing","deadLetterTopic":"bare-dead"},
         {"pubsubname":"bare","topic":"bare-dead","route":"/topic/bare-dead"}]
        """;

    private SidecarRuntime? _runtime;
    private string? _data;

    public static bool IsExternal => Environment.GetEnvironmentVariable("DAPR_HTTP_ENDPOINT_A") is { Length: > 0 };

    internal HttpClient A { get; private set; } = null!;

    internal HttpClient B { get; private set; } = null!;

    internal TestApp AppA { get; private set; } = null!;

    internal TestApp AppB { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        AppA = await TestApp.StartAsync(inProcess ? null : Given("CONFORMANCE_APP_URL_A"), inProcess: inProcess);
        AppB = await TestApp.StartAsync(inProcess ? null : Given("CONFORMANCE_APP_URL"), ConfigOfB, SubscriptionsOfB, inProcess);
        if (IsExternal && !inProcess)
        {
            A = Client(Given("DAPR_HTTP_ENDPOINT_A")!);
            B = Client(Given("DAPR_HTTP_ENDPOINT_B")!);
        }
        else
        {
            _data = Directory.CreateTempSubdirectory("sidecar-").FullName;
            var options = new SidecarOptions(
                _data, RepositoryFiles.Path("tests", "Gateway.Tests", "Conformance", "resources"), MaxBodyBytes: 4 * 1024 * 1024, ReadBufferBytes: 4096);
            _runtime = await SidecarRuntime.StartAsync(options, ["a", "b"], TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            await _runtime.AttachAsync("a", AppA.Address, CancellationToken.None, AppA.Door);
            await _runtime.AttachAsync("b", AppB.Address, CancellationToken.None, AppB.Door);
            A = Client(_runtime.HttpEndpoint("a"), inProcess ? _runtime.Invocations("a", Sockets()) : null);
            B = Client(_runtime.HttpEndpoint("b"), inProcess ? _runtime.Invocations("b", Sockets()) : null);
        }

        await WaitUntilReadyAsync(A);
        await WaitUntilReadyAsync(B);
    }

    public async Task DisposeAsync()
    {
        A.Dispose();
        B.Dispose();
        if (_runtime is not null)
            await _runtime.DisposeAsync();
        await AppA.DisposeAsync();
        await AppB.DisposeAsync();
        if (_data is not null)
            Directory.Delete(_data, recursive: true);
    }

    // Without the drain limit a response that is let go keeps its connection for two seconds, and the sidecar would not learn that the caller left.
    internal static HttpClient Client(Uri address, HttpMessageHandler? handler = null) => new(handler ?? Sockets())
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    private static SocketsHttpHandler Sockets() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxResponseDrainSize = 0,
    };

    private static Uri? Given(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? new Uri(value) : null;

    private static async Task WaitUntilReadyAsync(HttpClient sidecar)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await sidecar.GetAsync("/v1.0/healthz", patience.Token)).StatusCode != HttpStatusCode.NoContent)
            await Task.Delay(50, patience.Token);
    }
}
