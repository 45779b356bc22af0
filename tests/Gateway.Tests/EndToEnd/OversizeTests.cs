using System.Net;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Text of an absurd size, from either side: it is refused or cut, and nobody's usage waits behind it.</summary>
public sealed class OversizeTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_model_name_of_40_MB_is_refused_and_the_next_request_is_settled()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var model = "native/model-4.5" + new string('\u00a0', 19_000_000);
        using (var refused = await _gateway.SendAsync(TestGateway.Messages(model, stream: false, "Hello", key)))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("model: at most 256 characters.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        _gateway.Upstream.Script(Answer.Json(Streams.Whole(native: true)));
        using var answer = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, "Hello", key));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _gateway.UsageAsync(id, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_id_of_60_MB_is_settled_like_any_other(bool native)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var whole = Streams.Whole(native);
        var start = whole.IndexOf("\"id\":\"", StringComparison.Ordinal) + 6;
        var end = whole.IndexOf('"', start);
        _gateway.Upstream.Script(Answer.Json(Encoding.UTF8.GetBytes(whole[..start] + new string('i', 60_000_000) + whole[end..])));
        using (await _gateway.SendAsync(TestGateway.Messages(native ? "native/model-4.5" : "translated/model", stream: false, "Hello", key)))
        {
        }

        // Whatever became of the answer: the next one is settled.
        _gateway.Upstream.Script(Answer.Json(Streams.Whole(native)));
        using var answer = await _gateway.SendAsync(TestGateway.Messages(native ? "native/model-4.5" : "translated/model", stream: false, "Hello", key));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _gateway.UsageAsync(id, 2);
    }
}
