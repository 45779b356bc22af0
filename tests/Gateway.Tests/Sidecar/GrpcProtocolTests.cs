using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Tests.LocalSidecar;

public sealed class GrpcProtocolTests(GrpcSidecar sidecar) : IClassFixture<GrpcSidecar>
{
    private const string GetState = "/dapr.proto.runtime.v1.Dapr/GetState";
    private const int DeadlineExceeded = 4;
    private const int ResourceExhausted = 8;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const int Unauthenticated = 16;

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
    [InlineData("/dapr.proto.runtime.v1.Dapr/InvokeService", "unknown method InvokeService for service dapr.proto.runtime.v1.Dapr")]
    [InlineData("/dapr.proto.runtime.v1.Dapr/GetState/x", "unknown method GetState/x for service dapr.proto.runtime.v1.Dapr")]
    [InlineData("/grpc.health.v1.Health/Check", "unknown service grpc.health.v1.Health")]
    public async Task Other_methods_are_unimplemented(string path, string message) =>
        (await SendAsync(path, Missing.Framed())).AssertStatus(Unimplemented, message);

    [Fact]
    public async Task Message_of_a_status_is_percent_encoded()
    {
        var answer = await sidecar.CallAsync("GetState", new ProtoBytes().Text(1, "100% é").Text(2, "k"));
        answer.AssertStatus(3, "state store 100%25 %C3%A9 is not found");
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;x=y")]
    public async Task Content_type_may_name_the_encoding(string contentType)
    {
        using var content = new ByteArrayContent(Missing.Framed());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        (await sidecar.SendAsync("a", GetState, content, CancellationToken.None)).AssertEmpty();
    }

    [Theory]
    [InlineData("POST", "application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("POST", "application/grpcish", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("PUT", "application/grpc", HttpStatusCode.MethodNotAllowed)]
    public async Task What_is_no_grpc_is_refused_in_http(string method, string contentType, HttpStatusCode status)
    {
        using var client = GrpcSidecar.NewClient();
        using var content = new ByteArrayContent(Missing.Framed());
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var request = GrpcSidecar.Request(new Uri(sidecar.GrpcA, GetState), content);
        request.Method = new HttpMethod(method);
        using var response = await client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Compressed_message_is_refused_by_the_name_of_its_encoding()
    {
        var message = Missing.Framed();
        message[0] = 1;
        (await SendAsync(GetState, message, ("grpc-encoding", "gzip"))).AssertStatus(
            Unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"gzip\"");
    }

    [Fact]
    public async Task Message_that_says_it_is_too_long_is_refused_unread()
    {
        (await SendAsync(GetState, [0, 0x7F, 0xFF, 0xFF, 0xFF])).AssertStatus(
            ResourceExhausted, "grpc: received message larger than max (2147483647 vs. 41943040)");
        (await SendAsync(GetState, [0, 0xFF, 0xFF, 0xFF, 0xFF])).AssertStatus(
            ResourceExhausted, "grpc: received message larger than max (4294967295 vs. 41943040)");
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1, 2 })]
    public async Task Half_a_message_is_an_error(byte[] body) =>
        (await SendAsync(GetState, body)).AssertStatus(Internal, "the call ended without a whole message");

    [Fact]
    public async Task Two_messages_are_one_too_many() =>
        (await SendAsync(GetState, [.. Missing.Framed(), .. Missing.Framed()])).AssertStatus(Internal, "the method takes one message and got more");

    [Theory]
    [InlineData(new byte[] { 0x0A, 0x50, 0x01 })]
    [InlineData(new byte[] { 0x07 })]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public async Task Bytes_that_are_no_message_are_an_error(byte[] message)
    {
        var answer = await SendAsync(GetState, [0, 0, 0, 0, (byte)message.Length, .. message]);
        Assert.Equal("13", answer.Status);
        Assert.StartsWith("grpc: error unmarshalling request: ", answer.Message);
    }

    [Fact]
    public async Task Deadline_that_has_passed_saves_nothing()
    {
        var key = "k" + Guid.NewGuid().ToString("N");
        var save = new ProtoBytes().Text(1, "sqlstore").Message(2, new ProtoBytes().Text(1, key).Text(2, "1"));
        (await sidecar.CallAsync("SaveState", save, ("grpc-timeout", "1n"))).AssertStatus(DeadlineExceeded, "context deadline exceeded");
        (await sidecar.CallAsync("GetState", new ProtoBytes().Text(1, "sqlstore").Text(2, key), ("grpc-timeout", "30S"))).AssertEmpty();
        (await sidecar.CallAsync("SaveState", save, ("grpc-timeout", "99999999H"))).AssertEmpty();
    }

    [Fact]
    public async Task Deadline_ends_a_call_whose_message_never_comes()
    {
        using var stalled = new StalledContent(Missing.Framed()[..7]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        (await sidecar.SendAsync("a", GetState, stalled, patience.Token, ("grpc-timeout", "100m"))).AssertStatus(DeadlineExceeded, "context deadline exceeded");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("1d")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    public async Task Deadline_that_cannot_be_read_is_an_error(string timeout) =>
        (await sidecar.CallAsync("GetState", Missing, ("grpc-timeout", timeout))).AssertStatus(Internal, "malformed grpc-timeout: " + timeout);

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
            await Task.Delay(TimeSpan.FromSeconds(25), cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
