using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>The console while a part of the gateway is away.</summary>
public sealed class PartsAwayTests
{
    [Fact]
    public async Task Without_billing_the_overview_shows_what_others_know_and_says_that_something_is_missing()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_CONSOLE"] = "true" });
        using var browser = new ConsoleBrowser(gateway.Url);
        await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        using (var answer = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false)))
            Assert.Equal(200, (int)answer.StatusCode);
        Assert.DoesNotContain("Some figures are missing", (await browser.GetAsync("/console")).Text);
        await gateway.Local.ServiceOf(AppIds.Billing).StopAsync();
        var page = await browser.GetAsync("/console");
        Assert.Equal(200, page.Status);
        Assert.Contains("Some figures are missing", page.Text);
        Assert.Matches(@"anthropic\s+up", page.Text);
        // A page that is nothing without it says so as before.
        Assert.Equal(503, (await browser.GetAsync("/console/keys")).Status);
    }
}
