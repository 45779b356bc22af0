using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Errors;
using Gateway.Providers.Dialects;

namespace Gateway.Tests.Translation;

/// <summary>Every folder under <c>tests/fixtures/&lt;dialect&gt;/</c> is a test. A translation bug is fixed by adding one and editing one file.</summary>
public class FixtureTests
{
    public static TheoryData<string> Requests => [.. Fixture.Names("request.json")];

    public static TheoryData<string> Streams => [.. Fixture.Names("upstream.sse")];

    public static TheoryData<string> Responses => [.. Fixture.Names("upstream.json")];

    public static TheoryData<string> Twins => [.. Fixture.Names("upstream.json").Intersect(Fixture.Names("upstream.sse"))];

    public static TheoryData<string> Errors => [.. Fixture.Names("error.json")];

    [Theory]
    [MemberData(nameof(Requests))]
    public void The_request_becomes_the_expected_one_or_is_refused_by_name(string name)
    {
        var fixture = Fixture.Open(name);
        if (!fixture.Has("upstream-request.json") && !fixture.Has("refused.txt"))
            return;
        try
        {
            var call = fixture.Call();
            var request = Translating.Request(call);
            Assert.False(fixture.Has("refused.txt"), $"not refused: {request}");
            fixture.ExpectJson("upstream-request.json", request);
            var dropped = new JsonArray([.. call.Request.Dropped.Names.Select(n => JsonValue.Create(n))]);
            if (fixture.Has("dropped.json") || dropped.Count > 0)
                fixture.ExpectJson("dropped.json", dropped.ToJsonString());
        }
        catch (GatewayException e) when (fixture.Has("refused.txt"))
        {
            Assert.Equal(ErrorKind.InvalidRequest, e.Kind);
            fixture.Expect("refused.txt", e.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_stream_becomes_the_expected_events(string name)
    {
        var fixture = Fixture.Open(name);
        var (events, failure, _) = Translating.Stream(fixture.Call(stream: true), fixture.Bytes("upstream.sse"));
        Check(fixture, failure);
        fixture.Expect("expected.sse", events);
        StreamGrammar.Check(events);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Rules_E131_E132_the_stream_is_the_same_wherever_it_is_cut_and_whatever_ends_its_lines(string name)
    {
        var fixture = Fixture.Open(name);
        var expected = fixture.Text("expected.sse");
        var text = Encoding.UTF8.GetString(fixture.Bytes("upstream.sse"));
        foreach (var lineEnd in new[] { "\n", "\r\n", "\r" })
        {
            var bytes = Encoding.UTF8.GetBytes(text.Replace("\n", lineEnd));
            Assert.Equal(expected, Run([.. bytes.Select(b => new[] { b })]));
            // Every boundary of a short stream, every few of a long one.
            var step = Math.Max(1, bytes.Length / 4_000);
            for (var cut = 1; cut < bytes.Length; cut += step)
                Assert.Equal(expected, Run(bytes[..cut], bytes[cut..]));
        }

        string Run(params byte[][] chunks) => Translating.Stream(fixture.Call(stream: true), chunks).Events.TrimEnd('\n');
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_that_breaks_off_after_any_event_ends_in_an_error_unless_its_end_was_proven(string name)
    {
        var fixture = Fixture.Open(name);
        var text = Encoding.UTF8.GetString(fixture.Bytes("upstream.sse"));
        var whole = fixture.Text("expected.sse");
        for (
            var at = text.IndexOf("\n\n", StringComparison.Ordinal); at >= 0
                && at + 2 < text.Length; at = text.IndexOf("\n\n", at + 2, StringComparison.Ordinal))
        {
            var (events, failure, done) = Translating.Stream(fixture.Call(stream: true), Encoding.UTF8.GetBytes(text[..(at + 2)]));
            var message = StreamGrammar.Check(events);
            Assert.Equal(failure is null, message is not null);
            Assert.Equal(failure is null, events.Contains("event: message_stop\n", StringComparison.Ordinal));
            if (failure is not null)
                Assert.Matches("(^|\n\n)(: gateway-[^\n]*\n)*event: error\n", events);
            else
                Assert.True(done && (whole.Contains("message_stop", StringComparison.Ordinal) || fixture.Has("failed.txt")));
        }
    }

    [Theory]
    [MemberData(nameof(Responses))]
    public void The_answer_becomes_the_expected_message(string name)
    {
        var fixture = Fixture.Open(name);
        var call = fixture.Call(stream: false);
        var (message, failure, used) = Translating.Whole(call, fixture.Bytes("upstream.json"));
        Check(fixture, failure);
        if (failure is null)
            fixture.ExpectJson("expected.json", message);
        if (used is not null)
            fixture.ExpectJson("used.json", used);
        var dropped = new JsonArray(
            [.. call.Request.Dropped.Names.Where(n => n.StartsWith("answer.", StringComparison.Ordinal)).Select(n => JsonValue.Create(n))]);
        if (dropped.Count > 0 || fixture.Has("answer-dropped.json"))
            fixture.ExpectJson("answer-dropped.json", dropped.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Twins))]
    public void A_streamed_answer_and_the_same_in_one_piece_give_the_same_message(string name)
    {
        var fixture = Fixture.Open(name);
        if (fixture.Has("failed.txt"))
            return;
        var streamed = StreamGrammar.Check(Translating.Stream(fixture.Call(stream: true), fixture.Bytes("upstream.sse")).Events)!;
        var whole = JsonNode.Parse(Translating.Response(fixture.Call(stream: false), fixture.Bytes("upstream.json")))!;
        Assert.True(JsonNode.DeepEquals(whole, streamed), $"{name}\nstreamed: {streamed.ToJsonString()}\nwhole: {whole.ToJsonString()}");
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void The_error_is_told_in_the_expected_words(string name)
    {
        var fixture = Fixture.Open(name);
        foreach (var error in fixture.Json("error.json") is JsonArray all ? all : [fixture.Json("error.json")])
        {
            var call = fixture.Call();
            var body = error!["body"] is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : error["body"]!.ToJsonString();
            var failure = ErrorReader.Read(call, error["status"]!.GetValue<int>(), Encoding.UTF8.GetBytes(body));
            Assert.Equal((error["kind"]!.GetValue<string>(), error["message"]!.GetValue<string>()), (failure.Kind.ToString(), failure.Message));
            Assert.Equal(error["cure"]?.GetValue<string>(), Cures.For(call, failure).Select(Told).FirstOrDefault());
            Assert.Equal(error["retryAfterSeconds"]?.GetValue<int>(), failure.RetryAfterSeconds);
        }
    }

    /// <summary>The limit, or else what is left out.</summary>
    private static string Told(Cure cure) =>
        (cure.Next.MaxTokens ?? cure.Next.LeastTokens)?.ToString() ?? (cure.Next.Without.Count > 0 ? string.Join(",", cure.Next.Without.Order()) : cure.Name);

    private static void Check(Fixture fixture, GatewayException? failure)
    {
        if (failure is null)
            Assert.False(fixture.Has("failed.txt"), "did not fail");
        else
            fixture.Expect("failed.txt", $"{failure.Kind}: {failure.Message}");
    }
}
