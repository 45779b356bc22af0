using System.Text.Json;
using Gateway.Contracts.Catalog;

namespace Gateway.Tests.Contracts;

/// <summary>What a new price does to budgets.</summary>
public class PriceChangeTests
{
    private const string Large = ",\"longContext\":{\"aboveInputTokens\":1000,\"perMillion\":{\"input\":4,\"output\":20}}";
    private const string Before = "{\"currency\":\"USD\",\"perMillion\":{\"input\":2,\"output\":10},\"factors\":{\"fast\":2}" + Large + "}";

    [Theory]
    [InlineData("USD", "USD", PriceChange.None)]
    [InlineData("\"input\":2", "\"input\":3", PriceChange.None)]
    [InlineData("\"input\":2", "\"input\":1.9", PriceChange.Lower)]
    [InlineData("\"output\":20", "\"output\":19", PriceChange.Lower)]
    [InlineData("\"fast\":2", "\"fast\":1", PriceChange.Lower)]
    [InlineData("\"fast\":2", "\"slow\":2", PriceChange.Lower)]
    [InlineData(":1000", ":2000", PriceChange.Lower)]
    [InlineData(":1000", ":500", PriceChange.None)]
    [InlineData("20}}", "20},\"longContext\":{\"aboveInputTokens\":5000,\"perMillion\":{\"input\":8,\"output\":40}}}", PriceChange.None)]
    [InlineData("20}}", "20},\"longContext\":{\"aboveInputTokens\":5000,\"perMillion\":{\"input\":3,\"output\":40}}}", PriceChange.Lower)]
    [InlineData(Large, "", PriceChange.Lower)]
    [InlineData("\"input\":2,", "", PriceChange.Lost)]
    [InlineData("USD", "EUR", PriceChange.Lost)]
    [InlineData(",\"factors\":{\"fast\":2}", "", PriceChange.Lost)]
    public void A_price_is_the_same_lower_or_lost(string part, string changed, PriceChange expected)
    {
        Assert.Contains(part, Before);
        Assert.Equal(expected, PriceChanges.Of(Price(Before), Price(Before.Replace(part, changed))));
    }

    [Fact]
    public void None_is_lost_and_a_first_one_is_no_change()
    {
        Assert.Equal(PriceChange.Lost, PriceChanges.Of(Price(Before), null));
        Assert.Equal(PriceChange.None, PriceChanges.Of(null, Price(Before)));
        Assert.Equal(PriceChange.None, PriceChanges.Of((Price?)null, null));
    }

    private static Price Price(string json) => JsonSerializer.Deserialize(json, CatalogJson.Default.Price)!;
}
