using System.Net;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.ProviderAdapter;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Translation;

/// <summary>How often, how long, and for how long a refused request is put right.</summary>
public sealed class ResendingTests : IAsyncLifetime
{
    private const string Request = """{"model":"m","max_tokens":400,"temperature":0.5,"messages":[{"role":"user","content":"Hi"}]}""";

    private readonly ShiftedTime _time = new();
    private TranslatorFixture _translator = null!;
    private int _requests;

    public async Task InitializeAsync() => _translator = await TranslatorFixture.StartAsync(_time);

    public Task DisposeAsync() => _translator.DisposeAsync().AsTask();

    [Fact]
    public async Task A_request_goes_out_eight_times_and_no_more()
    {
        for (var limit = 300; limit > 280; limit--)
            RefuseAbove(limit);
        using var answer = await _translator.SendAsync(Request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(8, _translator.Calls.Count);
        // Each was another request: the next one would have been, too.
        Assert.Equal(8, _translator.Calls.Select(c => c.Body).Distinct().Count());
    }

    [Theory]
    [InlineData(19, 3)]
    [InlineData(21, 2)]
    public async Task No_further_call_is_made_twenty_seconds_after_the_first(int seconds, int calls)
    {
        RefuseAbove(300);
        RefuseAbove(200, () => _time.Advance(TimeSpan.FromSeconds(seconds)));
        Answer();
        using var answer = await _translator.SendAsync(Request);
        Assert.Equal(calls == 3 ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(calls, _translator.Calls.Count);
    }

    [Fact]
    public async Task What_was_learnt_holds_for_an_hour_and_what_is_learnt_meanwhile_does_not_prolong_it()
    {
        RefuseField("temperature");
        Answer();
        Assert.Equal(2, await CallsAsync(Request));

        _time.Advance(TimeSpan.FromMinutes(50));
        Answer();
        Assert.Equal(1, await CallsAsync(Request));
        Assert.DoesNotContain("temperature", _translator.Calls[^1].Body, StringComparison.Ordinal);

        // A cure that is of this request alone, and one that is of all.
        RefuseAbove(300);
        RefuseField("top_p");
        Answer();
        Assert.Equal(3, await CallsAsync(Request.Replace("0.5", "0.5,\"top_p\":0.9")));

        _time.Advance(TimeSpan.FromMinutes(11));
        Answer();
        Assert.Equal(1, await CallsAsync(Request));
        Assert.Contains("temperature", _translator.Calls[^1].Body, StringComparison.Ordinal);
    }

    private async Task<int> CallsAsync(string request)
    {
        var before = _translator.Calls.Count;
        using var answer = await _translator.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _translator.UntilDoneAsync(++_requests);
        return _translator.Calls.Count - before;
    }

    private void Answer() => _translator.Script(200, "application/json", Streams.WholeCompletion);

    private void RefuseField(string name) => Refuse($"Unknown parameter: '{name}'.");

    private void RefuseAbove(int limit, Action? before = null) => Refuse($"max_tokens must be less than or equal to {limit}.", before);

    private void Refuse(string message, Action? before = null) => _translator.Script(async context =>
    {
        before?.Invoke();
        context.Response.StatusCode = 400;
        context.Response.ContentType = "application/json";
        context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        await context.Response.WriteAsync($$$"""{"error":{"message":"{{{message}}}","type":"invalid_request_error"}}""");
    });
}
