using System.Net;

namespace Gateway.Tests.LocalSidecar;

public sealed class GrpcProtocolTests(GrpcSidecar sidecar) : IClassFixture<GrpcSidecar>
{
    private const string GetState = "/dapr.proto.runtime.v1.Dapr/GetState";
    private const string DeadlineExceeded = "4";
    private const string ResourceExhausted = "8";
    private const string Unimplemented = "12";
    private const int Unauthenticated = 16;

    /// <summary>HTTP/2's error code.</summary>
    private const long Cancel = 8;

    private static readonly ProtoBytes Missing = new ProtoBytes().Text(1, "sqlstore").Text(2, "no-such-key");

    [Fact]
    public async Task Token_is_asked_for_before_anything_else()
    {
        var guarded = new GrpcSidecar("tok-a");
        await guarded.InitializeAsync();
        try
        {
            (await guarded.CallAsync("GetState", Missing)).AssertStatus(Unauthenticated, "Unauthorized");
            (await guarded.CallAsync("GetState", Missing, ("dapr-api-token", "wrong"))).AssertStatus(Unauthenticated, "Unauthorized");
            (await guarded.CallAsync("NoSuchMethod", Missing)).AssertStatus(Unauthenticated, "Unauthorized");
            (await guarded.CallAsync("GetState", Missing, ("dapr-api-token", "tok-a"))).AssertEmpty();
        }
        finally
        {
            await guarded.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("/dapr.proto.runtime.v1.Dapr/InvokeService")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task Other_methods_are_unimplemented(string path) => Assert.Equal(Unimplemented, (await SendAsync(path, Missing.Framed())).Status);

    [Fact]
    public async Task Message_of_a_status_is_percent_encoded()
    {
        var answer = await sidecar.CallAsync("GetState", new ProtoBytes().Text(1, "100% é").Text(2, "k"));
        answer.AssertStatus(3, "state store 100%25 %C3%A9 is not found");
    }

    [Fact]
    public async Task Message_that_says_it_is_too_long_is_refused_unread() =>
        Assert.Equal(ResourceExhausted, (await SendAsync(GetState, [0, 0x7F, 0xFF, 0xFF, 0xFF])).Status);

    [Fact]
    public async Task Deadline_ends_a_call_whose_message_never_comes()
    {
        using var stalled = new StalledContent(Missing.Framed()[..7]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            Assert.Equal(DeadlineExceeded, (await sidecar.SendAsync("a", GetState, stalled, patience.Token, ("grpc-timeout", "100m"))).Status);
        }
        catch (HttpRequestException e) when (e.InnerException is HttpProtocolException { ErrorCode: Cancel })
        {
            // The reset comes right behind the answer, and a client that is still sending may see it first.
        }
    }

    [Fact]
    public async Task Caller_that_leaves_ends_its_call_and_no_other()
    {
        using var stalled = new StalledContent(Missing.Framed()[..7]);
        using var leaving = new CancellationTokenSource();
        var call = sidecar.SendAsync("a", GetState, stalled, leaving.Token);
        await stalled.Reached.WaitAsync(TimeSpan.FromSeconds(20));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        (await sidecar.CallAsync("GetState", Missing)).AssertEmpty();
    }

    [Fact]
    public async Task Hundreds_of_calls_share_a_connection()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => sidecar.CallAsync("GetState", Missing)));
        Assert.All(answers, a => a.AssertEmpty());
    }

    private Task<GrpcAnswer> SendAsync(string path, byte[] body, params (string Name, string Value)[] metadata) =>
        sidecar.SendAsync("a", path, new ByteArrayContent(body), CancellationToken.None, metadata);

    /// <summary>Sends a piece, and then nothing until the call is over.</summary>
    private sealed class StalledContent(byte[] piece) : HttpContent
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(piece, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _reached.TrySetResult();
            // An end of the call is no failure of the content, which would hide the answer that ended it.
            await Task.Delay(TimeSpan.FromSeconds(25), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
