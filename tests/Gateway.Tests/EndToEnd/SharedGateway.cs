using Gateway.Contracts.Names;

namespace Gateway.Tests.EndToEnd;

/// <summary>One gateway for all tests of a class.</summary>
public sealed class SharedGateway : IAsyncLifetime
{
    /// <summary>The services behind ingress.</summary>
    public static TheoryData<string> Behind => [AppIds.Translator, AppIds.ProviderAdapter, AppIds.Billing];

    public TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync() => Gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await Gateway.DisposeAsync();
}
