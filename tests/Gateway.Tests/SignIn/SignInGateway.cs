using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.SignIn;

/// <summary>A gateway whose people sign in at a company's identity provider, and the steps of a sign-in.</summary>
public sealed partial class SignInGateway : IAsyncLifetime
{
    private static int _browsers;

    internal Company Company { get; private set; } = null!;

    public TestGateway Gateway { get; private set; } = null!;

    /// <summary>The team of the group <c>engineering</c>.</summary>
    public string Team { get; private set; } = "";

    /// <summary>How long a client waits that is told to ask every second: less is too soon, by the half second that clocks may differ.</summary>
    public static TimeSpan BetweenPolls { get; } = TimeSpan.FromSeconds(1);

    public async Task InitializeAsync()
    {
        Company = await Company.StartAsync();
        Gateway = await TestGateway.StartAsync(Company.Settings);
        Team = (await Gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "engineering" })).GetProperty("id").GetString()!;
        await Gateway.AdminAsync(HttpMethod.Put, "/admin/v1/sign-in", new
        {
            rules = new object[]
            {
                new { group = "engineering", teamId = Team }, new { group = "operators", role = "admin" }, new { group = "auditors", role = "auditor" },
            },
        });
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Company.DisposeAsync();
    }

    /// <summary>A browser that follows no redirect by itself.</summary>
    public static HttpClient Browser()
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"10.{Interlocked.Increment(ref _browsers) >> 8}.{_browsers & 255}.7");
        return new(new SocketsHttpHandler { AllowAutoRedirect = false }) { DefaultRequestHeaders = { { "X-Forwarded-For", address } } };
    }

    public async Task<JsonElement> BeginAsync(string? scope = null, string? url = null)
    {
        var (status, answer) = await PostAsync("/oauth/device_authorization", url, ("surface", "claude_code"), ("scope", scope));
        Assert.Equal(HttpStatusCode.OK, status);
        return answer;
    }

    public Task<(HttpStatusCode Status, JsonElement Answer)> PollAsync(JsonElement device, string? url = null) => PostAsync(
        "/oauth/token", url, ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", device.GetProperty("device_code").GetString()));

    public Task<(HttpStatusCode Status, JsonElement Answer)> RefreshAsync(string token, string? url = null) =>
        PostAsync("/oauth/token", url, ("grant_type", "refresh_token"), ("refresh_token", token));

    public Task<(HttpStatusCode Status, JsonElement Answer)> RevokeAsync(string token) => PostAsync("/oauth/revoke", null, ("token", token));

    public async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string path, string? url, params (string Name, string? Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Name, f.Value!)));
        using var answer = await Gateway.Client.PostAsync(new Uri((url ?? Gateway.Url) + path), content);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone());
    }

    /// <summary>From the code to the question whether to sign in; the last page.</summary>
    public async Task<(HttpStatusCode Status, string Page)> SignInAtCompanyAsync(
        HttpClient browser, JsonElement device, string name, string? url = null, bool refuse = false)
    {
        var door = url ?? Gateway.Url;
        var code = device.GetProperty("user_code").GetString()!;
        var (status, page) = await SubmitAsync(browser, door, "/device", code);
        if (status != HttpStatusCode.OK)
            return (status, page);
        var next = WebUtility.HtmlDecode(RefreshTarget().Match(page).Groups[1].Value);
        using var challenge = await browser.GetAsync(new Uri(door + next));
        Assert.Equal(HttpStatusCode.Redirect, challenge.StatusCode);
        var provider = challenge.Headers.Location!;
        Assert.StartsWith(Company.Url, provider.ToString());
        // The request goes along with the form, as hidden fields would.
        var fields = QueryHelpers.ParseQuery(provider.Query).ToDictionary(q => q.Key, q => q.Value.ToString());
        if (refuse)
            fields["refuse"] = "yes";
        else
            (fields["name"], fields["password"]) = (name, Company.Person.Password);
        using var login = new FormUrlEncodedContent(fields);
        using var signedIn = await browser.PostAsync(new Uri(provider.GetLeftPart(UriPartial.Path)), login);
        if (signedIn.Headers.Location is not { } callback)
            return (signedIn.StatusCode, await signedIn.Content.ReadAsStringAsync());
        return await FollowAsync(browser, callback);
    }

    public Task<(HttpStatusCode Status, string Page)> DecideAsync(HttpClient browser, JsonElement device, bool approve, string? url = null) =>
        SubmitAsync(browser, url ?? Gateway.Url, approve ? "/device/approve" : "/device/deny", device.GetProperty("user_code").GetString()!);

    public static async Task<(HttpStatusCode Status, string Page)> SubmitAsync(HttpClient browser, string door, string path, string code, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, door + path)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["user_code"] = code }),
        };
        request.Headers.Add("Origin", origin ?? door);
        using var answer = await browser.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A whole sign-in.</summary>
    public async Task<(string Access, string Refresh)> SignInAsync(string name, string? scope = null)
    {
        var device = await BeginAsync(scope);
        using var browser = Browser();
        var (status, page) = await SignInAtCompanyAsync(browser, device, name);
        Assert.True(status == HttpStatusCode.OK && page.Contains($"{name}@example.com", StringComparison.Ordinal), page);
        (status, page) = await DecideAsync(browser, device, approve: true);
        Assert.True(status == HttpStatusCode.OK, page);
        (status, var tokens) = await PollAsync(device);
        Assert.True(status == HttpStatusCode.OK, tokens.ToString());
        return (tokens.GetProperty("access_token").GetString()!, tokens.GetProperty("refresh_token").GetString()!);
    }

    public async Task<(HttpStatusCode Status, string Text, HttpResponseMessage Answer)> AskAsync(string token, string model = "demo/echo", string? url = null)
    {
        var request = TestGateway.Messages(model, false, key: null);
        request.RequestUri = new Uri((url ?? Gateway.Url) + "/v1/messages");
        request.Headers.Authorization = new("Bearer", token);
        var answer = await Gateway.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    public async Task UntilAsync(string token, HttpStatusCode expected, string says, string? url = null)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var (status, text, answer) = await AskAsync(token, url: url);
            if (status == expected)
            {
                Assert.Contains(says, text);
                if (expected == HttpStatusCode.Unauthorized)
                    Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
                return;
            }

            Assert.True(clock.Elapsed < TestGateway.Timeout, $"still {status}: {text}");
            await Task.Delay(50);
        }
    }

    public async Task<JsonElement> UserAsync(string subject)
    {
        var users = await Gateway.AdminAsync(HttpMethod.Get, "/admin/v1/users?limit=1000");
        return users.GetProperty("data").EnumerateArray().Single(u => u.GetProperty("subject").GetString() == subject);
    }

    private static async Task<(HttpStatusCode Status, string Page)> FollowAsync(HttpClient browser, Uri address)
    {
        for (var i = 0; i < 5; i++)
        {
            using var answer = await browser.GetAsync(address);
            if (answer.Headers.Location is not { } next)
                return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
            address = new Uri(address, next);
        }

        throw new InvalidOperationException("The redirects have no end.");
    }

    [GeneratedRegex("content=\"0;url=([^\"]*)\"")]
    private static partial Regex RefreshTarget();
}
