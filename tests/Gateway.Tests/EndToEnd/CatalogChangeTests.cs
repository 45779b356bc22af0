using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Hosting;

namespace Gateway.Tests.EndToEnd;

/// <summary>A changed catalog whose prices are in another currency than the budgets that are held in them.</summary>
public sealed class CatalogChangeTests : IAsyncLifetime
{
    private const string Euros =
        """{"id":"native/euro-too","routes":[{"provider":"anthropic","model":"c"}],"price":{"currency":"EUR","perMillion":{"input":1,"output":1}}},""";

    private TestGateway _gateway = null!;
    private int _version;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync().AsTask();

    [Fact]
    public async Task A_currency_that_a_strict_budget_needs_does_not_go_while_it_does()
    {
        var budget = new { amount = 1, enforcement = "strict" };
        var (id, key) = await _gateway.CreateKeyAsync(new { models = new[] { "native/model-4.5" }, budget });
        // None of these stands in the way.
        await _gateway.CreateKeyAsync(new { models = new[] { "native/model-4.5" }, budget = new { amount = 1, enforcement = "soft" } });
        await _gateway.CreateKeyAsync(new { models = new[] { "native/model-4.5", "translated/model" }, budget });
        var (revoked, _) = await _gateway.CreateKeyAsync(new { models = new[] { "native/model-4.5" }, budget });
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/keys/{revoked}");
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json(Streams.WholeMessage));

        Write(c => c.Replace("\"models\": [", "\"models\": [" + Euros)
            .Replace("64000, \"price\": { \"currency\": \"USD\"", "64000, \"price\": { \"currency\": \"EUR\""));
        foreach (var service in new[] { AppIds.Ingress, AppIds.Billing })
            await UntilAsync(async () => (await CatalogDetailAsync(service)).Contains("mistakes: 1", StringComparison.Ordinal));
        Assert.Equal("USD", await CurrencyOfAsync("native/model-4.5"));
        Assert.Null(await CurrencyOfAsync("native/euro-too"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync("native/model-4.5", id, key));

        // Another change is taken, and what it does to a budget that lets such requests pass is the budget's own business.
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { unpriced = "allow" } });
        Touch();
        await UntilAsync(async () => await CurrencyOfAsync("native/model-4.5") == "EUR");
        foreach (var service in new[] { AppIds.Ingress, AppIds.Billing })
            await UntilAsync(async () => await CatalogDetailAsync(service) == "ok");
        // Held to USD, it now costs EUR, and that was allowed.
        await UntilAsync(async () => await SendAsync("native/model-4.5", id, key) == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_gateway_that_starts_with_such_a_catalog_refuses_by_the_pair_and_says_so_and_takes_further_changes()
    {
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "t", budget = new { amount = 1, enforcement = "strict" } }))
            .GetProperty("id").GetString();
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team });
        await _gateway.StopGatewayAsync();
        await _gateway.StartGatewayAsync(catalog: (first, second) => TestGateway.Catalog(first, second).Replace("\"USD\"", "\"EUR\""));
        await UntilAsync(async () => (await DetailsAsync(AppIds.Billing)).GetProperty("prices").GetString()!.Contains("refuse every request: 1"));

        using (var refused = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, id, key)))
        {
            var text = await refused.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
            Assert.All(new[] { "native/model-4.5", "EUR", "USD" }, part => Assert.Contains(part, text));
        }

        Write(c => c.Replace("\"USD\"", "\"EUR\"").Replace("\"models\": [", "\"models\": [" + Euros));
        await UntilAsync(async () => await CurrencyOfAsync("native/euro-too") == "EUR");
    }

    private async Task<HttpStatusCode> SendAsync(string model, string content, string key)
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, false, content, key));
        return response.StatusCode;
    }

    private async Task<string?> CurrencyOfAsync(string model) => (await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/catalog"))
        .GetProperty("models").EnumerateArray()
        .Where(m => m.GetProperty("id").GetString() == model)
        .Select(m => m.GetProperty("price").GetProperty("currency").GetString())
        .SingleOrDefault();

    private async Task<string> CatalogDetailAsync(string service) => (await DetailsAsync(service)).GetProperty("catalog").GetString()!;

    private async Task<JsonElement> DetailsAsync(string service)
    {
        var text = await _gateway.Client.GetStringAsync(new Uri(_gateway.Local.ServiceOf(service).Urls.First() + HealthEndpoints.Ready));
        return JsonDocument.Parse(text).RootElement.GetProperty("dependencies");
    }

    private void Write(Func<string, string> change)
    {
        File.WriteAllText(_gateway.CatalogPath, change(TestGateway.Catalog(_gateway.Upstream.Url, _gateway.Second.Url)));
        Touch();
    }

    private void Touch() => File.SetLastWriteTimeUtc(_gateway.CatalogPath, DateTime.UtcNow.AddMinutes(++_version));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!await condition())
            await Task.Delay(50, limit.Token);
    }
}
