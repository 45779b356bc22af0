namespace Gateway.Tests.Conformance;

/// <summary>The same between apps of one process, where a call does not pass the sidecars' servers: nobody may be able to tell.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class InProcessInvocationTests(
    SharedSidecarPair shared, InProcessInvocationTests.OwnPair own) : InvocationTests(shared), IClassFixture<InProcessInvocationTests.OwnPair>
{
    internal override SidecarPair Pair => own.Pair;

    internal override bool IsFramed => false;

    public sealed class OwnPair : IAsyncLifetime
    {
        internal SidecarPair Pair { get; } = new(inProcess: true);

        public Task InitializeAsync() => Pair.InitializeAsync();

        public Task DisposeAsync() => Pair.DisposeAsync();
    }
}
