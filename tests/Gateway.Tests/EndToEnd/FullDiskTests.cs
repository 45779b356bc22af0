using System.Net;
using Gateway.Fakes;
using Gateway.Hosting;

namespace Gateway.Tests.EndToEnd;

/// <summary>A data folder that cannot be written to is no free service.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task While_usage_cannot_be_written_requests_are_refused_and_nothing_of_what_was_answered_is_lost()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (id, key) = await gateway.CreateKeyAsync();
        gateway.Upstream.Always(Answer.Json(Streams.Whole(native: true)));
        Directory.Delete(gateway.OutboxPath, recursive: true);
        var answered = 0;
        while (true)
        {
            using var response = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, "Hello", key));
            if (response.StatusCode == HttpStatusCode.OK)
            {
                Assert.True(++answered < 1000);
                continue;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Contains("overloaded_error", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
            break;
        }

        using (var ready = await gateway.Client.GetAsync(new Uri(HealthEndpoints.Ready, UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("the disk takes no usage events", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Directory.CreateDirectory(gateway.OutboxPath);
        await gateway.UsageAsync(id, answered);
        using var again = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, "Hello", key));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await gateway.UsageAsync(id, answered + 1);
    }
}
