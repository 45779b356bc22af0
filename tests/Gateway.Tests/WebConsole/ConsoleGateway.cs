using System.Text;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>One gateway with its console for all tests of a class.</summary>
public sealed class ConsoleGateway : IAsyncLifetime
{
    /// <summary>Somebody's names, models and texts, as they would be markup if they were not text.</summary>
    public const string Markup = "<img src=x onerror=alert(1)>\"'&<b>";

    private const string AppToken = "app-token-of-the-tests";

    public TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync() => Gateway = await TestGateway.StartAsync(new Dictionary<string, string>
    {
        ["GATEWAY_CONSOLE"] = "true",
        ["APP_API_TOKEN"] = AppToken,
        ["GATEWAY_EVENT_FEED"] = "true",
        ["GATEWAY_WEBHOOK_HOSTS"] = "127.0.0.1",
    });

    /// <summary>Brings the console an event of a topic, or what is none, as its sidecar would.</summary>
    public async Task<string> DeliverAsync(string topic, string body)
    {
        using var client = new HttpClient { BaseAddress = new Uri(Gateway.Local.ServiceOf(AppIds.Console).Urls.First()) };
        client.DefaultRequestHeaders.Add("dapr-api-token", AppToken);
        using var answer = await client.PostAsync($"/events/{topic}", new StringContent(body, Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>Somebody's browser, where the owner is signed in.</summary>
    public async Task<ConsoleBrowser> SignInAsync(string key = TestGateway.AdminKey)
    {
        var browser = new ConsoleBrowser(Gateway.Url);
        var answer = await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = key });
        Assert.Equal(302, answer.Status);
        return browser;
    }
}
