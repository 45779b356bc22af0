using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Credentials;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>No credential of any provider leaves the adapter but towards its provider, whatever a provider answers.</summary>
public sealed class SecretMaskTests
{
    private const string Secret = "sk-proj-Ab3/dEf+9Gh_iJ-kLmN";
    private const string Other = "sk-proj-Ab3-quite-another";
    private const string Providers = """
        "secret": "KEY", "headers": { "x-branch-token": "Token tok-5551234567890", "x-branch": "branch-number-seven" }
        """;

    public static TheoryData<string> Spellings => new(
        Secret, Other, "tok-5551234567890", Secret.Replace("/", "\\/"), Secret.Replace("+", "\\u002B"), Uri.EscapeDataString(Secret));

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task An_error_that_repeats_a_credential_is_covered_in_body_and_headers(string spelling)
    {
        foreach (var status in new[] { 400, 401, 403, 404, 422, 429, 500, 503, 529, 200 })
        {
            await using var upstream = await FakeUpstream.StartAsync();
            await using var adapter = await StartAsync(upstream);
            var body = $$$"""{"type":"error","error":{"type":"invalid_request_error","message":"Bad key {{{spelling}}}, really {{{spelling}}}."}}""";
            upstream.Always(Answer.Json(body, status).Header("x-echo", $"Bearer {spelling}").Header("x-twice", "a").Header("x-twice", spelling));
            using var response = await adapter.CallAsync();
            var text = await response.Content.ReadAsStringAsync();
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(body.Replace(spelling, new string('*', spelling.Length)), text);
            Assert.Equal("Bearer " + new string('*', spelling.Length), response.Headers.NonValidated["x-echo"].ToString());
            Assert.Equal(["a", new string('*', spelling.Length)], response.Headers.NonValidated["x-twice"]);
            Assert.DoesNotContain(adapter.Logs, l => l.Contains(spelling, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_answer_that_is_no_http_does_not_put_what_it_says_into_the_log()
    {
        // A header that is none, as a proxy that writes a page in place of one would send it.
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        await using var broken = await TestAdapter.StartAsync(
            $$"""{ "p": { "dialect": "anthropic", "baseUrl": "http://{{listener.LocalEndpoint}}", "secret": "KEY" } }""");
        broken.Secrets["KEY"] = Secret;
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[64 * 1024]);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nthe key \x1b[31m{Secret} is bad\r\n\r\n"));
        });
        using var response = await broken.CallAsync();
        await serving.WaitAsync(TestAdapter.Limit);
        Assert.Equal(System.Net.HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(Secret, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(broken.Logs);
        Assert.DoesNotContain(broken.Logs, l => l.Contains(Secret, StringComparison.Ordinal) || l.Contains('\x1b'));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task A_credential_in_a_stream_is_covered_wherever_the_pieces_are_cut(int piece)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream);
        upstream.Always(
            Answer.Sse().Data($"first sk-proj-Ab3 {Secret}{Secret}").Data($"sk-proj {Other} sk-proj-Ab").Raw("data: end sk-proj-Ab3/d").SplitEvery(piece));
        using var response = await adapter.CallAsync(stream: true);
        var text = await response.Content.ReadAsStringAsync();
        var stars = new string('*', Secret.Length);
        // The last is a part of one that an end cut off.
        Assert.Equal(
            $"data: first sk-proj-Ab3 {stars}{stars}\n\ndata: sk-proj {new string('*', Other.Length)} sk-proj-Ab\n\ndata: end {new string('*', 13)}", text);
    }

    [Fact]
    public async Task An_event_that_ends_in_a_beginning_of_a_credential_is_not_held_back()
    {
        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream);
        upstream.Always(Answer.Sse().Data("sk-proj-Ab").At(gate).Data("end"));
        using var response = await adapter.CallAsync(stream: true);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var first = new byte["data: sk-proj-Ab\n\n".Length];
        await stream.ReadExactlyAsync(first).AsTask().WaitAsync(TestAdapter.Limit);
        Assert.Equal("data: sk-proj-Ab\n\n", Encoding.ASCII.GetString(first));
        await gate.ReachedAsync();
        gate.Release();
    }

    [Fact]
    public async Task A_stream_that_breaks_gives_away_no_part_of_a_credential()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream);
        upstream.Always(Answer.Sse().Data("1").Raw("data: " + Secret[..20]).Cut());
        using var response = await adapter.CallAsync(stream: true);
        var text = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(Secret[..8], text, StringComparison.Ordinal);
        Assert.Contains(nameof(ErrorKind.ProviderTruncated), text, StringComparison.Ordinal);
    }

    /// <summary>Also the one that the store had before: the provider may remember it.</summary>
    [Fact]
    public async Task A_credential_that_was_replaced_stays_covered()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        const string New = "sk-the-new-one-0123456789";
        var time = new ShiftedTime();
        await using var adapter = await StartAsync(upstream, time);
        adapter.Secrets["KEY"] = New;
        time.Advance(TimeSpan.FromMinutes(10));
        upstream.Always(Answer.Json($$"""{"old":"{{Secret}}","new":"{{New}}"}""", 400));
        using var response = await adapter.CallAsync();
        Assert.Equal(New, upstream.Requests[^1].Headers["x-api-key"]);
        Assert.Equal(
            $$"""{"old":"{{new string('*', Secret.Length)}}","new":"{{new string('*', New.Length)}}"}""", await response.Content.ReadAsStringAsync());
    }

    /// <summary>Over texts that are full of beginnings: none is left whole, and nothing else is touched.</summary>
    [Fact]
    public void Credentials_are_covered_and_nothing_else_is()
    {
        var mask = new SecretMask();
        string[] secrets = ["aabaabaab", "abaabaabb", "baabaabaaba", "bbbbbbbbab", "ab/ab/ab+ab"];
        var random = new Random(7);
        const string Alphabet = "ab/+\n";
        foreach (var secret in secrets)
            mask.Learn(secret);
        for (var round = 0; round < 300; round++)
        {
            var text = new StringBuilder();
            while (text.Length < 9_000)
                text.Append(random.Next(8) == 0 ? secrets[random.Next(secrets.Length)] : Alphabet[random.Next(Alphabet.Length)]);
            var original = text.ToString();
            var whole = Encoding.ASCII.GetBytes(original);
            mask.Apply(whole);
            Check(original, Encoding.ASCII.GetString(whole));
            Check(original, mask.Apply(original));
            Check(original, InPieces(original));
        }

        string InPieces(string text)
        {
            var all = Encoding.ASCII.GetBytes(text);
            var sent = new List<byte>();
            byte[] kept = [];
            for (var from = 0; from < all.Length;)
            {
                var length = Math.Min(random.Next(1, 300), all.Length - from);
                byte[] piece = [.. kept, .. all.AsSpan(from, length)];
                mask.Apply(piece);
                var tail = mask.Unsettled(piece);
                sent.AddRange(piece[..^tail]);
                kept = piece[^tail..];
                from += length;
            }

            return Encoding.ASCII.GetString([.. sent, .. kept]);
        }

        void Check(string before, string after)
        {
            Assert.DoesNotContain(secrets, s => after.Contains(s, StringComparison.Ordinal));
            var mayBe = new bool[before.Length];
            foreach (var secret in secrets)
            {
                for (var at = 0; (at = before.IndexOf(secret, at, StringComparison.Ordinal)) >= 0; at++)
                    mayBe.AsSpan(at, secret.Length).Fill(true);
            }

            Assert.Equal(before.Length, after.Length);
            for (var i = 0; i < before.Length; i++)
                Assert.True(after[i] == before[i] || (after[i] == '*' && mayBe[i]), $"at {i}");
        }
    }

    private static async Task<TestAdapter> StartAsync(FakeUpstream upstream, TimeProvider? time = null)
    {
        var adapter = await TestAdapter.StartAsync($$"""
            { "p": { "dialect": "anthropic", "baseUrl": "{{upstream.Url}}", {{Providers}} },
              "q": { "dialect": "openai-chat", "baseUrl": "{{upstream.Url}}", "secret": "OTHER" } }
            """, time);
        adapter.Secrets["KEY"] = Secret;
        adapter.Secrets["OTHER"] = Other;
        // Each is read with its first call.
        upstream.Script(Answer.Json("{}"), Answer.Json("{}"));
        foreach (var provider in new[] { "p", "q" })
        {
            using var response = await adapter.CallAsync(provider: provider);
            Assert.True(response.IsSuccessStatusCode);
        }

        return adapter;
    }
}
