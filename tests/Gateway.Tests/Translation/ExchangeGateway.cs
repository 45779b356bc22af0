using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Translation;

/// <summary>One gateway whose catalog has a provider and a model for every exchange in every mode, so that what one teaches no other knows.</summary>
public sealed class ExchangeGateway : IAsyncLifetime
{
    public TestGateway Gateway { get; private set; } = null!;

    public IReadOnlyDictionary<(string Name, string Mode), Exchange> Exchanges { get; } =
        Exchange.All().ToDictionary(e => e, e => new Exchange(e.Name, e.Mode));

    public async Task InitializeAsync()
    {
        Gateway = await TestGateway.StartAsync(catalog: Catalog);
        foreach (var exchange in Exchanges.Values)
            Gateway.Upstream.Always(exchange.IsOurs, exchange.Answer);
    }

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    private string Catalog(string upstream, string second)
    {
        var providers = new JsonObject();
        var models = new JsonArray();
        foreach (var exchange in Exchanges.Values)
            exchange.AddRoute(providers, models, upstream);
        return new JsonObject { ["default"] = false, ["providers"] = providers, ["models"] = models }.ToJsonString(Fixture.Indented);
    }
}
