using System.Net;

namespace Gateway.Tests.EndToEnd;

public sealed class EventFeedTests
{
    [Fact]
    public async Task Events_are_followed_through_the_front_door_while_requests_are_made()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_EVENT_FEED"] = "true" });
        using var follow = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/events");
        follow.Headers.Add("x-api-key", TestGateway.AdminKey);
        follow.Headers.Add("Accept", "text/event-stream");
        using var stream = await gateway.SendAsync(follow);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType?.MediaType));
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        foreach (var _ in new[] { 1, 2 })
        {
            var (id, key) = await gateway.CreateKeyAsync();
            using var response = await gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            string? line;
            do
                line = await lines.ReadLineAsync(limit.Token);
            while (line?.StartsWith("data: ", StringComparison.Ordinal) is false);
            Assert.Contains(id, line);
        }
    }

    /// <summary>A sidecar makes a bare 500 of every error of a call that accepts a stream of events alone.</summary>
    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("Text/Event-Stream")]
    public async Task Who_accepts_a_stream_alone_is_told_why_there_is_none(string accept)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var follow = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/events");
        follow.Headers.Add("x-api-key", TestGateway.AdminKey);
        follow.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await gateway.SendAsync(follow);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("GATEWAY_EVENT_FEED", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
