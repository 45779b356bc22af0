using System.Net;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests.Conformance;

/// <summary>A topic that is its own dead-letter topic, as that of the usage events that could not be taken is: what cannot be kept is never lost.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public class DeadLetterTopicTests
{
    private const string Subscriptions = """[{"pubsubname":"pubsub","topic":"stuck","route":"/stuck","deadLetterTopic":"stuck"}]""";

    /// <summary>The retry policy of the resources tries four times.</summary>
    private const int Failures = 6;

    [OwnRuntimeFact]
    public async Task A_letter_that_cannot_be_kept_comes_again_as_the_same_event_until_it_can()
    {
        await using var app = await TestApp.StartAsync(null, subscribe: Subscriptions);
        await using var own = new OwnRuntime();
        await own.StartAsync();
        var tries = 0;
        app.On("/stuck", context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref tries) > Failures ? 200 : 500;
            return Task.CompletedTask;
        });
        await own.AttachAsync("b", app);
        using var content = new StringContent("""{"n":1}""", Encoding.UTF8, "application/json");
        using var answer = await own.A.PostAsync("/v1.0/publish/pubsub/stuck", content);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);

        var seen = new List<string>();
        for (var i = 0; i <= Failures; i++)
            seen.Add(IdAndData((await app.NextAsync("/stuck", seconds: 30)).Body));
        Assert.Single(seen.Distinct());
        Assert.True(await app.IsQuietAsync("/stuck", 1));
    }

    private static string IdAndData(string body)
    {
        using var json = JsonDocument.Parse(body);
        return $"{json.RootElement.GetProperty("id")} {json.RootElement.GetProperty("data")}";
    }
}
