using System.Text;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>A gateway as the first command starts it, with a scripted provider, and a browser.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Browser.Path is null)
            return;
        Gateway = await TestGateway.StartAsync(new Dictionary<string, string>
        {
            ["GATEWAY_CONSOLE"] = "true",
            ["GATEWAY_EVENT_FEED"] = "true",
            ["GATEWAY_WEBHOOK_HOSTS"] = "127.0.0.1",
        });
        _playwright = await Playwright.CreateAsync();
        _browser = await Browser.LaunchAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (Gateway is not null)
            await Gateway.DisposeAsync();
    }

    /// <summary>A month of usage by some keys, as ingress would have told it.</summary>
    public async Task TellOfAMonthAsync()
    {
        var keys = new List<(string Id, string Key)>();
        foreach (var name in new[] { "search-app", "support-app", "research-app" })
            keys.Add(await Gateway.CreateKeyAsync(new { name, budget = new { amount = 40, period = "month" } }));
        var random = new Random(7);
        var month = DateTimeOffset.UtcNow;
        for (var i = 0; i < 160; i++)
        {
            var (model, provider, price) = Models[random.Next(Models.Length)];
            var (input, output) = (random.Next(300, 9000), random.Next(50, 2500));
            var day = new DateTimeOffset(month.Year, month.Month, random.Next(1, month.Day + 1), 0, 0, 0, TimeSpan.Zero);
            var time = day.AddSeconds(random.Next(24 * 3600));
            var e = new UsageEvent
            {
                RequestId = $"req_past_{i}",
                KeyId = keys[random.Next(keys.Count)].Id,
                Time = time < month ? time : month,
                Surface = "/v1/messages",
                RequestedModel = model,
                Model = model,
                Provider = provider,
                UpstreamModel = model.Split('/')[1],
                Stream = true,
                Outcome = RequestOutcome.Completed,
                Status = 200,
                Usage = new TokenUsage { InputTokens = input, OutputTokens = output },
                Cost = new Cost
                {
                    Amount = price * (input + (5 * output)) / 100_000,
                    Currency = "USD",
                    Price = new() { Currency = "USD", PerMillion = new() { Input = price * 10, Output = price * 50 } },
                },
                LatencyMs = random.Next(400, 9000),
                TimeToFirstTokenMs = random.Next(150, 900),
                Attempts = 1,
            };
            await TellAsync(Encoding.UTF8.GetString(UsageJson.Write(e)));
        }
    }

    private static readonly (string Model, string Provider, decimal Price)[] Models =
    [
        ("anthropic/claude-sonnet-4.5", "anthropic", 3), ("anthropic/claude-haiku-4.5", "anthropic", 1), ("openai/gpt-5", "openai", 1.25m),
        ("google/gemini-2.5-pro", "google", 1.25m), ("mistral/mistral-large", "mistral", 2),
    ];

    /// <summary>As ingress tells the topic.</summary>
    public async Task TellAsync(string e)
    {
        using var sidecar = Gateway.SidecarClient(AppIds.Ingress);
        using var content = new StringContent(e, Encoding.UTF8, "application/json");
        using var answer = await sidecar.PostAsync("/v1.0/publish/pubsub/usage", content);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
    }

    /// <summary>Another browser, as far as cookies go.</summary>
    public async Task<IPage> OpenAsync(ColorScheme theme = ColorScheme.Light, int width = 1280, bool scripts = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = Gateway.Url,
            ColorScheme = theme,
            ViewportSize = new() { Width = width, Height = 800 },
            JavaScriptEnabled = scripts,
            TimezoneId = "Asia/Kolkata",
            ReducedMotion = ReducedMotion.Reduce,
        });
        Assertions.SetDefaultExpectTimeout((float)TestGateway.Timeout.TotalMilliseconds);
        context.SetDefaultTimeout((float)TestGateway.Timeout.TotalMilliseconds);
        return await context.NewPageAsync();
    }

    public async Task<IPage> SignInAsync(string? key = null, ColorScheme theme = ColorScheme.Light, int width = 1280, bool scripts = true)
    {
        var page = await OpenAsync(theme, width, scripts);
        await page.GotoAsync("/");
        await page.GetByLabel("Admin key").FillAsync(key ?? TestGateway.AdminKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync("**/console");
        return page;
    }
}
