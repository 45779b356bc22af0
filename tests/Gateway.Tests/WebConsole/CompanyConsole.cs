using Gateway.Tests.EndToEnd;
using Gateway.Tests.SignIn;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.WebConsole;

/// <summary>A gateway with its console, whose admins sign in at a company's identity provider. Their keys are good for seconds.</summary>
public sealed class CompanyConsole : IAsyncLifetime
{
    public static readonly TimeSpan KeyLifetime = TimeSpan.FromSeconds(6);

    internal Company Company { get; private set; } = null!;

    public TestGateway Gateway { get; private set; } = null!;

    internal Dictionary<string, string> Settings => new(Company.Settings)
    {
        ["GATEWAY_CONSOLE"] = "true",
        ["GATEWAY_TOKEN_MINUTES"] = "0.1",
    };

    public async Task InitializeAsync()
    {
        Company = await Company.StartAsync();
        Gateway = await TestGateway.StartAsync(Settings);
        var team = (await Gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "engineering" })).GetProperty("id").GetString();
        await Gateway.AdminAsync(HttpMethod.Put, "/admin/v1/sign-in", new
        {
            rules = new object[]
            {
                new { group = "engineering", teamId = team }, new { group = "operators", role = "admin" }, new { group = "auditors", role = "auditor" },
            },
        });
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Company.DisposeAsync();
    }

    /// <summary>From the sign-in page to the identity provider, where somebody signs in: the address that the browser is sent back to.</summary>
    public async Task<Uri> GoToCompanyAsync(ConsoleBrowser browser, string name, string? to = null, bool refuse = false, string? door = null)
    {
        var challenge = await browser.GetAsync((door ?? Gateway.Url) + "/console/sign-in/company" + (to is null ? "" : "?to=" + Uri.EscapeDataString(to)));
        Assert.Equal(302, challenge.Status);
        var provider = challenge.Headers.Location!;
        Assert.StartsWith(Company.Url, provider.ToString());
        var fields = QueryHelpers.ParseQuery(provider.Query).ToDictionary(q => q.Key, q => q.Value.ToString());
        Assert.Equal(("code", "S256"), (fields["response_type"], fields["code_challenge_method"]));
        Assert.NotEmpty(fields["nonce"]);
        if (refuse)
            fields["refuse"] = "yes";
        else
            (fields["name"], fields["password"]) = (name, Company.Person.Password);
        return (await browser.PostAsync(new Uri(provider.GetLeftPart(UriPartial.Path)), fields)).Headers.Location!;
    }

    /// <summary>A whole sign-in.</summary>
    public async Task<ConsoleBrowser.Seen> SignInAsync(ConsoleBrowser browser, string name, string? to = null) =>
        await browser.GetAsync((await GoToCompanyAsync(browser, name, to)).ToString());
}
