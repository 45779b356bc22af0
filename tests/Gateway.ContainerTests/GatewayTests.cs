using Gateway.Fakes;
using Gateway.Tests.Durability.Story;

namespace Gateway.ContainerTests;

/// <summary>The whole gateway on the real runtime.</summary>
public class GatewayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [FactIfDapr]
    public async Task A_gateway_of_processes_does_what_it_must()
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var upstream = await FakeUpstream.StartAsync();
        await using var dapr = await DaprSource.StartAsync(limit.Token);
        var logs = "";
        try
        {
            await using var gateway = await GatewayOnDapr.StartAsync(dapr, GatewayStory.Catalog(upstream.Url), limit.Token);
            using var story = new GatewayStory(gateway, upstream, limit.Token);
            try
            {
                await story.RunAsync();
            }
            finally
            {
                logs = gateway.Logs();
            }
        }
        catch (Exception e)
        {
            Assert.Fail($"{e}\n{logs}\n{await dapr.LogsAsync()}");
        }
    }
}
