using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Events leave the provider one by one and arrive one by one, through every service and sidecar between.</summary>
public sealed class StreamTimingTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rules_E139_E170_each_event_arrives_before_the_next_one_leaves(bool native)
    {
        var gate = new Gate();
        var answer = Streams.Opening(native);
        for (var i = 0; i < 5; i++)
            answer.At(gate).Words(native, $"w{i}");
        answer.At(gate).Closing(native);
        var marker = "timing-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), answer);
        using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "claude-test-4-5" : "translated/model", true, marker));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
        await ReadUntilAsync(events, "Hello");
        for (var i = 0; i < 5; i++)
        {
            // The provider has not sent more than this one: it waits at the gate.
            gate.Release();
            await ReadUntilAsync(events, $"w{i}");
        }

        gate.Release();
        Assert.Equal("message_stop", (await events.RestAsync())[^1].Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_burst_is_not_cut_into_messages(bool native)
    {
        var burst = string.Concat(Enumerable.Range(0, 30_000 / 200).Select(i => native
            ? $"event: content_block_delta\ndata: {Streams.TextDelta($"{i,4:0000}{new string('w', 100)}")}\n\n"
            : $"data: {Streams.Chunk($$"""{"content":"{{i,4:0000}}{{new string('w', 50)}}"}""")}\n\n"));
        var marker = "burst-" + Guid.NewGuid().ToString("N");
        var gate = new Gate();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Streams.Opening(native).At(gate).Raw(burst).At(gate).Closing(native));
        var address = new Uri(_gateway.Url);
        using var client = new TcpClient(address.Host, address.Port);
        var body = await TestGateway.Messages(native ? "claude-test-4-5" : "translated/model", true, marker).Content!.ReadAsStringAsync();
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v1/messages HTTP/1.1\r\nhost: {address.Authority}\r\nx-api-key: {TestGateway.ApiKey}\r\ncontent-type: application/json\r\n"
                + $"content-length: {body.Length}\r\n\r\n{body}"));
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await ChunksUntilAsync("Hello");
        gate.Release();
        // A server's buffers are chunks of about 4 kB; a shorter one is where a flush cut it off. TCP may still have split the burst once.
        Assert.InRange((await ChunksUntilAsync("0149w")).Count(length => length < 4000), 1, 2);
        gate.Release();
        await ChunksUntilAsync("message_stop");

        async Task<List<int>> ChunksUntilAsync(string text)
        {
            var lengths = new List<int>();
            var read = new StringBuilder();
            while (!read.ToString().Contains(text))
            {
                lengths.Add(int.Parse((await reader.ReadLineAsync().WaitAsync(TestGateway.Timeout))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                var chunk = new char[lengths[^1] + 2];
                Assert.Equal(chunk.Length, await reader.ReadBlockAsync(chunk));
                read.Append(chunk, 0, lengths[^1]);
            }

            return lengths;
        }
    }

    private static async Task ReadUntilAsync(ClientStream events, string text)
    {
        while (true)
        {
            var e = await events.NextAsync(TimeSpan.FromSeconds(10));
            Assert.NotNull(e);
            if (e.Value.Data.Contains($"\"{text}\""))
                return;
            Assert.Equal("content_block_start", e.Value.Name);
        }
    }
}
