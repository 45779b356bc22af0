namespace Gateway.Tests.Conformance;

[CollectionDefinition(nameof(ConformanceCollection))]
public sealed class ConformanceCollection : ICollectionFixture<SidecarPair>;
