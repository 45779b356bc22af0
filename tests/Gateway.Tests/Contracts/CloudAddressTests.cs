using System.Text;
using Gateway.Contracts.Catalog;

namespace Gateway.Tests.Contracts;

public class CloudAddressTests
{
    [Theory]
    [InlineData("bedrock", "\"region\": \"eu-west-1\"", "https://bedrock-runtime.eu-west-1.amazonaws.com")]
    [InlineData("bedrock", "\"region\": \"cn-north-1\"", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn")]
    [InlineData("bedrock", "\"region\": \"us-gov-west-1\", \"baseUrl\": \"https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/\"",
        "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com")]
    [InlineData("bedrock-messages", "\"region\": \"us-east-1\"", "https://bedrock-runtime.us-east-1.amazonaws.com")]
    [InlineData("bedrock-mantle", "\"region\": \"us-east-1\"", "https://bedrock-mantle.us-east-1.api.aws")]
    [InlineData("claude-aws", "\"region\": \"us-east-1\", \"workspace\": \"wrkspc_1\"", "https://aws-external-anthropic.us-east-1.api.aws")]
    [InlineData("vertex", "\"project\": \"p\"", "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic")]
    [InlineData("vertex", "\"project\": \"a:b\", \"region\": \"eu\"",
        "https://aiplatform.eu.rep.googleapis.com/v1/projects/a%3Ab/locations/eu/publishers/anthropic")]
    [InlineData("vertex", "\"project\": \"p\", \"region\": \"us-east5\"",
        "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic")]
    [InlineData("vertex", "\"project\": \"p\", \"baseUrl\": \"http://10.0.0.1:80\"",
        "http://10.0.0.1:80/v1/projects/p/locations/global/publishers/anthropic")]
    [InlineData("claude-google", "\"project\": \"p\", \"workspace\": \"w\"",
        "https://claude.googleapis.com/v1/projects/p/locations/global/workspaces/w/invoke")]
    [InlineData("foundry", "\"resource\": \"my-res\"", "https://my-res.services.ai.azure.com/anthropic")]
    [InlineData("foundry-azure", "\"resource\": \"my-res\"", "https://my-res.services.ai.azure.com/anthropic")]
    [InlineData("mine", "\"descriptor\": \"foundry\", \"resource\": \"r\"", "https://r.services.ai.azure.com/anthropic")]
    [InlineData("vertex", "\"dialect\": \"openai-chat\", \"baseUrl\": \"https://own.example.com/v1/\"", "https://own.example.com/v1")]
    [InlineData("azure-openai", "\"dialect\": \"openai-responses\", \"resource\": \"r\"", "https://r.openai.azure.com/openai/v1")]
    [InlineData("vertex-gemini", "\"dialect\": \"gemini\", \"project\": \"p\", \"region\": \"global\"",
        "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google")]
    public void A_place_in_a_cloud_is_an_address(string name, string members, string address)
    {
        var catalog = Parse(name, members);

        Assert.Equal(address, CloudAddress.Of(name, catalog.FindProvider(name)!));
        Assert.Equal(name, Assert.Single(catalog.RoutesOf(catalog.Models[0]).InOrder).Entry.Provider);
    }

    [Theory]
    [InlineData("bedrock")]
    [InlineData("claude-aws")]
    [InlineData("vertex")]
    [InlineData("claude-google")]
    [InlineData("foundry")]
    public void No_route_leads_to_a_provider_that_was_not_filled_in(string name)
    {
        var catalog = Parse(name, "");

        Assert.Null(CloudAddress.Of(name, catalog.FindProvider(name)!));
        Assert.Empty(catalog.RoutesOf(catalog.Models[0]).InOrder);
    }

    [Theory]
    [InlineData("bedrock", "\"secret\": \"K\"", "providers.bedrock.region")]
    [InlineData("claude-aws", "\"region\": \"us-east-1\"", "providers.claude-aws.workspace")]
    [InlineData("vertex", "\"region\": \"global\"", "providers.vertex.project")]
    [InlineData("bedrock", "\"region\": \"evil.example.com/\"", "providers.bedrock.region")]
    [InlineData("foundry", "\"resource\": \"a.b\"", "providers.foundry.resource")]
    [InlineData("bedrock", "\"region\": \"us-east-1\", \"priceFactor\": 0", "providers.bedrock.priceFactor")]
    public void What_is_filled_in_by_half_is_a_mistake(string name, string members, string mistake) =>
        Assert.Contains(Assert.Throws<CatalogException>(() => Parse(name, members)).Mistakes, m => m.StartsWith(mistake, StringComparison.Ordinal));

    [Theory]
    [InlineData("", "", 3, 15)]
    [InlineData(", \"priceFactor\": 1.1", "", 3.3, 16.5)]
    [InlineData(", \"priceFactor\": 1.1", ", \"priceFactor\": 1", 3, 15)]
    [InlineData("", ", \"priceFactor\": 2", 6, 30)]
    public void A_region_that_costs_more_multiplies_the_price_of_tokens(string ofProvider, string ofRoute, decimal input, decimal output)
    {
        var catalog = Parse("bedrock", "\"region\": \"eu-west-1\"" + ofProvider, ofRoute);

        var price = catalog.RoutesOf(catalog.Models[0]).InOrder[0].Price!;
        Assert.Equal((input, output, 0.01m), (price.PerMillion.Input, price.PerMillion.Output, price.PerRequest!.WebSearch));
    }

    private static ModelCatalog Parse(string name, string members, string ofRoute = "")
    {
        var dialect = members.Contains("dialect", StringComparison.Ordinal) ? "" : "\"dialect\": \"anthropic\"";
        var comma = members.Length > 0 && dialect.Length > 0 ? "," : "";
        return ModelCatalog.Parse(
            Encoding.UTF8.GetBytes(
                $$$"""
                { "default": false, "providers": { "{{{name}}}": { {{{dialect}}}{{{comma}}} {{{members}}} } },
                  "models": [ { "id": "claude", "routes": [ { "provider": "{{{name}}}", "model": "m"{{{ofRoute}}} } ],
                                "price": { "currency": "USD", "perMillion": { "input": 3, "output": 15 }, "perRequest": { "webSearch": 0.01 } } } ] }
                """),
            "test");
    }
}
