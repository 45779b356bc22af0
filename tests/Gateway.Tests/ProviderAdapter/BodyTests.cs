using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

public class BodyTests
{
    [Fact]
    public async Task A_body_of_31_MB_arrives_unchanged_and_with_its_length()
    {
        var body = new byte[31 * 1000 * 1000];
        new Random(1).NextBytes(body);
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);
        using var request = TestAdapter.Request("");
        request.Content = new ByteArrayContent(body);

        using var response = await adapter.Client.SendAsync(request);
        var recorded = await upstream.RequestAsync();

        Assert.Equal("31000000", recorded.Header("Content-Length"));
        Assert.True(recorded.Body.Span.SequenceEqual(body));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused_and_not_sent(bool chunked)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);
        using var request = TestAdapter.Request("");
        request.Content = new ByteArrayContent(new byte[40 * 1024 * 1024 + 1]);
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = !chunked;

        using var response = await adapter.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("request_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip", false)]
    [InlineData("deflate", true)]
    [InlineData("deflate", false)]
    [InlineData("br", true)]
    [InlineData("br", false)]
    public async Task Rule_E136_a_compressed_answer_that_nobody_asked_for_is_decoded(string encoding, bool stream)
    {
        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(stream ? Answer.Sse().Data("1").At(gate).Data("2").Encoded(encoding) : Answer.Json("{\"text\":\"ä\"}").Encoded(encoding));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(stream: stream);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        if (!stream)
        {
            Assert.Equal("{\"text\":\"ä\"}", await response.Content.ReadAsStringAsync());
            return;
        }

        // The answer has begun while the second event is still held back: nothing waits for a whole block.
        gate.Release();
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);
        Assert.Equal(["1", "2"], data);
        Assert.Null(abort);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public async Task Rule_E136_an_encoding_that_cannot_be_decoded_is_a_protocol_error(string encoding)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("{}").Encoded(encoding));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("ProviderProtocol", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Contains(encoding, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_E136_compression_that_is_not_declared_is_a_protocol_error()
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes("{}"));
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json(zipped.ToArray()));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal("ProviderProtocol", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
    }

    [Fact]
    public async Task Damaged_compression_in_the_middle_of_a_stream_ends_it_with_the_mark()
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes("data: 1\n\n"));
            gzip.Flush();
        }

        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(
            Answer.Sse()
                .Header("content-encoding", "gzip").Raw(zipped.ToArray().AsMemory()[..^12]).At(gate)
                .Raw(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(stream: true);
        gate.Release();
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);

        Assert.Equal(["1"], data);
        Assert.NotNull(abort);
    }

    [Fact]
    public async Task Bytes_that_are_no_HTTP_are_a_protocol_error()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var garbage = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[16]);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("220 mail.example ESMTP\r\n\r\n"));
        });
        await using var adapter = await TestAdapter.StartAsync(
            $$"""{ "p": { "dialect": "anthropic", "baseUrl": "http://127.0.0.1:{{((IPEndPoint)listener.LocalEndpoint).Port}}" } }""");

        using var response = await adapter.CallAsync();

        Assert.Equal("ProviderProtocol", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        await garbage;
    }
}
