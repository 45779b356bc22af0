using Gateway.Fakes;
using Gateway.Tests.Durability.Story;

namespace Gateway.Tests.Durability;

/// <summary>The story that <c>tests/Gateway.ContainerTests</c> tells on the real Dapr runtime, here on the project's own sidecars.</summary>
public class GatewayStoryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_gateway_of_processes_does_what_it_must()
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await SeparateGateway.StartAsync(GatewayStory.Catalog(upstream.Url), doors: 2);
        using var story = new GatewayStory(gateway, upstream, limit.Token);
        await story.RunAsync();
    }
}
