using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Clients that send or take as slowly as they can, or more than there is room for, over sockets of their own.</summary>
public sealed class SlowClientTests
{
    private const int Mega = 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Bodies_past_the_budget_are_refused_by_key_and_in_all_and_pass_when_the_others_have_gone()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string>
        {
            ["GATEWAY_KEY_BODY_BUDGET_MB"] = "40",
            ["GATEWAY_BODY_BUDGET_MB"] = "70",
        });
        var (_, other) = await gateway.CreateKeyAsync();
        using (var first = await SendHeadAsync(gateway, TestGateway.ApiKey, 30 * Mega))
        {
            await first.GetStream().WriteAsync(new byte[29 * Mega]);
            using (var sameKey = await SendHeadAsync(gateway, TestGateway.ApiKey, 20 * Mega))
            {
                var refused = await HeadOfAnswerAsync(sameKey);
                Assert.StartsWith("HTTP/1.1 429", refused);
                Assert.Contains("retry-after: 1\r\n", refused, StringComparison.OrdinalIgnoreCase);
            }

            using (var second = await SendHeadAsync(gateway, other, 39 * Mega))
            {
                await second.GetStream().WriteAsync(new byte[38 * Mega]);
                using var third = await SendHeadAsync(gateway, (await gateway.CreateKeyAsync()).Key, 20 * Mega);
                var refused = await HeadOfAnswerAsync(third);
                Assert.StartsWith("HTTP/1.1 503", refused);
                Assert.Contains("retry-after: 1\r\n", refused, StringComparison.OrdinalIgnoreCase);
            }
        }

        gateway.Upstream.Always(Answer.Json(Streams.Whole(native: true)));
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            using var again = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, new string('x', 30 * Mega)), limit.Token);
            if (again.IsSuccessStatusCode)
                break;
            await Task.Delay(50, limit.Token);
        }
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_given_up()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_BODY_SECONDS"] = "1" });
        using var client = await SendHeadAsync(gateway, TestGateway.ApiKey, 30 * Mega);
        var answer = HeadOfAnswerAsync(client);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            // Well above the slowest rate that the server takes.
            while (!answer.IsCompleted)
            {
                await client.GetStream().WriteAsync(new byte[4096], limit.Token);
                await Task.Delay(20, limit.Token);
            }
        }
        catch (IOException)
        {
            // It has hung up.
        }

        Assert.StartsWith("HTTP/1.1 408", await answer.WaitAsync(Limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_takes_nothing_of_its_answer_is_cut_off_and_billed_for_what_the_provider_sent(bool stream)
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_WRITE_SECONDS"] = "1" });
        var (id, key) = await gateway.CreateKeyAsync();
        var words = new string('w', 64 * 1024);
        var answer = Streams.Opening(native: true);
        for (var i = 0; i < 400; i++)
            answer = answer.Words(native: true, words);
        gateway.Upstream.Always(stream ? answer.Stall() : Answer.Json(Streams.WholeMessage.Replace("Hello", new string('w', 30 * Mega))));
        using var client = await ConnectAsync(gateway);
        var body = $$"""{"model":"native/model-4.5","max_tokens":100,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}]}""";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(gateway, key, body.Length) + body));
        // Nothing is read: the connection is there until the gateway ends it.
        var totals = await gateway.UsageAsync(id, 1);
        Assert.True(totals.GetProperty("output_tokens").GetInt64() >= (stream ? 1000 : 20));
        if (stream)
            await (await gateway.Upstream.RequestAsync()).ClientLeft.WaitAsync(Limit);
        using var limit = new CancellationTokenSource(Limit);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            // What is in the buffers is there; then the end is no proper one.
            var room = new byte[Mega];
            var text = new StringBuilder();
            while (await client.GetStream().ReadAsync(room, limit.Token) is > 0 and var read)
                text.Append(Encoding.ASCII.GetString(room, 0, read)[^Math.Min(read, 5)..]);
            if (!text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
                throw new EndOfStreamException();
        });
    }

    private static async Task<TcpClient> ConnectAsync(TestGateway gateway)
    {
        var client = new TcpClient { ReceiveBufferSize = 8 * 1024 };
        var address = new Uri(gateway.Url);
        await client.ConnectAsync(address.Host, address.Port);
        return client;
    }

    private static string Head(TestGateway gateway, string key, int length) =>
        $"POST /v1/messages HTTP/1.1\r\nHost: {gateway.Client.BaseAddress!.Authority}\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n"
        + $"content-length: {length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";

    private static async Task<TcpClient> SendHeadAsync(TestGateway gateway, string key, int length)
    {
        var client = await ConnectAsync(gateway);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(gateway, key, length)));
        return client;
    }

    private static async Task<string> HeadOfAnswerAsync(TcpClient client)
    {
        using var limit = new CancellationTokenSource(Limit);
        var text = new StringBuilder();
        var room = new byte[4096];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await client.GetStream().ReadAsync(room, limit.Token) is > 0 and var read)
            text.Append(Encoding.ASCII.GetString(room, 0, read));
        return text.ToString();
    }
}
