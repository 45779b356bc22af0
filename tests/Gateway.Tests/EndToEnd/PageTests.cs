using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Contracts.Names;
using Gateway.Samples;
using Gateway.Tests.Conformance;
using Gateway.Tests.Deployment;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.EndToEnd;

/// <summary>What the pages print works: every block has a class, and is run or checked by it.</summary>
public sealed partial class PageTests
{
    /// <summary>Pictures and the like.</summary>
    private static readonly string[] Shown = ["text"];

    private static readonly string[] Checked = ["sh", "json catalog", "json event", "yaml"];

    public static TheoryData<string> PagesWithCommands => [.. Page.All.Where(p => p.Of("sh").Any()).Select(p => p.Path)];

    public static TheoryData<string> PagesWithCatalogs => [.. Page.All.Where(p => p.Of("json catalog").Any()).Select(p => p.Path)];

    [Fact]
    public void Every_block_is_of_a_class_that_is_checked() => Assert.All(Page.All.SelectMany(p => p.Blocks), block =>
        Assert.True(Shown.Concat(Checked).Contains(block.Kind), $"{block.Page}: nothing checks a block '{block.Kind}'"));

    [Fact]
    public void Every_link_within_the_repository_leads_somewhere() => Assert.All(Page.All, page => Assert.All(page.Links(), link =>
        Assert.True(Path.Exists(Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(page.Path)!, link)), $"{page.Path}: there is no {link}")));

    [Fact]
    public void The_first_page_is_short_and_no_line_of_prose_is_long()
    {
        Assert.InRange(File.ReadLines(RepositoryFiles.Path("README.md")).Count(), 1, 130);
        Assert.All(Page.All, page => Assert.All(File.ReadLines(RepositoryFiles.Path(page.Path)), (line, at) =>
            Assert.True(line.Length <= 160 || line.TrimStart().StartsWith('|'), $"{page.Path}:{at + 1}: {line.Length} characters")));
    }

    /// <summary>But for the one with which the local process keeps its services from handling signals by themselves.</summary>
    [Fact]
    public void Every_setting_stands_on_a_page_beside_the_services_and_there_is_no_other()
    {
        var inCode = SettingsIn(f => f.StartsWith("services/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));
        var onPages = SettingsIn(f => f.StartsWith("services/", StringComparison.Ordinal) && f.EndsWith(".md", StringComparison.Ordinal));
        Assert.Equal(inCode, onPages);
    }

    [Theory]
    [MemberData(nameof(PagesWithCatalogs))]
    public async Task A_gateway_starts_with_the_catalog_of_the_page(string path)
    {
        foreach (var block in Page.All.Single(p => p.Path == path).Of("json catalog"))
        {
            using var directory = new Billing.TemporaryDirectory("page-");
            var catalog = Path.Combine(directory.Path, "catalog.json");
            await File.WriteAllTextAsync(catalog, block.Text);
            await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_CATALOG"] = catalog });
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { { "x-api-key", TestGateway.ApiKey } } };
            using var answer = await gateway.SendAsync(request);
            var models = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["data"]!.AsArray().Select(m => (string)m!["id"]!).ToList();
            var own = (JsonNode.Parse(block.Text)!["models"]?.AsArray() ?? []).Select(m => (string)m!["id"]!).ToList();
            Assert.Equal(own, models.Take(own.Count));
            Assert.Contains("demo/echo", models);
        }
    }

    /// <summary>Parts of an overlay: what they name is there.</summary>
    [Fact]
    public void Yaml_can_be_read_and_what_it_names_is_in_the_repository() => Assert.All(Page.All.SelectMany(p => p.Of("yaml")), block =>
    {
        var scalars = new YamlDotNet.Core.Parser(new StringReader(block.Text));
        while (scalars.MoveNext())
        {
            if (scalars.Current is YamlDotNet.Core.Events.Scalar { Value: var path } && path.StartsWith("../", StringComparison.Ordinal))
                Assert.True(Path.Exists(RepositoryFiles.Path("k8s", "overlays", "production", path)), $"{block.Page}: there is no {path}");
        }
    });

    [Fact]
    public async Task The_usage_event_of_the_page_is_one_and_the_sample_subscriber_reads_it()
    {
        var block = Page.All.SelectMany(p => p.Of("json event")).Single();
        var e = JsonNode.Parse(block.Text)!.AsObject();
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryFiles.Path("services", "contracts", "Usage", "usage-event.schema.json")))!;
        Assert.All(schema["required"]!.AsArray(), name => Assert.True(e.ContainsKey((string)name!), $"{name} is missing"));
        Assert.All(e, field => Assert.True(schema["properties"]!.AsObject().ContainsKey(field.Key), $"there is no {field.Key}"));

        await using var subscriber = await Subscriber.StartAsync();
        using var client = new HttpClient { BaseAddress = subscriber.Address };
        using var content = new StringContent(block.Text, Encoding.UTF8, "application/json");
        using var taken = await client.PostAsync(new Uri("/usage", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal($$"""{"{{e["key_id"]}} USD":"{{e["cost"]!["amount"]}}"}""", await client.GetStringAsync(new Uri("/totals", UriKind.Relative)));
    }

    [TheoryIfInstalled("curl")]
    [MemberData(nameof(PagesWithCommands))]
    public async Task The_commands_of_the_page_run_as_printed(string path)
    {
        var (admin, key) = path switch
        {
            "components/README.md" => ("gw-admin-of-my-own", "gw-me"),
            "k8s/README.md" => ("gw-admin-local-cluster", "gw-local"),
            _ => (TestGateway.AdminKey, TestGateway.ApiKey),
        };
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_ADMIN_KEY"] = admin, ["GATEWAY_API_KEY"] = key });
        await using var subscriber = await Subscriber.StartAsync();
        using var directory = new Billing.TemporaryDirectory("page-");
        var shell = new PageShell
        {
            Environment = { ["GATEWAY"] = gateway.Url, ["ADMIN_KEY"] = admin, ["API_KEY"] = key },
        };
        shell.Substitute("http://127.0.0.1:8080 ADMIN_KEY", gateway.Url + " ADMIN_KEY");
        shell.Substitute("http://localhost:8080", gateway.Url);
        shell.Substitute("http://localhost:9000", subscriber.Address.ToString().TrimEnd('/'));
        shell.Substitute("ADMIN_KEY=gw-admin-…", "ADMIN_KEY=" + admin);
        shell.Substitute("API_KEY=gw-…", "API_KEY=" + key);
        shell.Substitute("/tmp/auditor", Path.Combine(directory.Path, "auditor"));
        // Dapr's own programs stand in its folder, and what they log in the one they run in.
        shell.Substitute("~/.dapr/bin/", "");
        shell.Substitute(".dapr/logs", Directory.CreateDirectory(Path.Combine(directory.Path, "logs")).FullName);
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "logs", "ingress.log"), "");
        if (path == "services/billing/README.md")
            await PrepareDeadLettersAsync(gateway, shell, directory.Path);
        var output = await shell.RunAsync(Page.All.Single(p => p.Path == path).Of("sh").Select(b => b.Text));

        switch (path)
        {
            case "README.md":
                await HasStrictBudgetAsync(gateway, "keys", "search-ci");
                Assert.Contains("\"type\":\"message\"", output);
                break;
            case "services/billing/README.md":
                await HasStrictBudgetAsync(gateway, "teams", "search");
                Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/admin/v1/dead-letters")).GetProperty("data").EnumerateArray());
                break;
        }
    }

    private static IEnumerable<string> SettingsIn(Func<string, bool> files) => RepositoryFiles.Tracked().Where(files)
        .SelectMany(f => Setting().Matches(File.ReadAllText(RepositoryFiles.Path(f)))).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal);

    private static async Task HasStrictBudgetAsync(TestGateway gateway, string kind, string name)
    {
        var all = (await gateway.AdminAsync(HttpMethod.Get, "/admin/v1/" + kind)).GetProperty("data").EnumerateArray();
        var entry = all.Single(e => e.GetProperty("name").GetString() == name);
        Assert.Equal("strict", entry.GetProperty("budget").GetProperty("enforcement").GetString());
    }

    /// <summary>Two letters: one that was an event but for a field, one that never was.</summary>
    private static async Task PrepareDeadLettersAsync(TestGateway gateway, PageShell shell, string directory)
    {
        var corrected = Path.Combine(directory, "corrected-event.json");
        var whole = JsonNode.Parse(Page.All.SelectMany(p => p.Of("json event")).Single().Text)!;
        await File.WriteAllTextAsync(corrected, whole.ToJsonString());
        whole["stream"] = "perhaps";
        using var sidecar = gateway.SidecarClient(AppIds.Ingress);
        foreach (var body in new[] { whole.ToJsonString(), """{"note":"no event"}""" })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            (await sidecar.PostAsync(new Uri("/v1.0/publish/pubsub/usage", UriKind.Relative), content)).EnsureSuccessStatusCode();
        }

        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        JsonElement letters;
        while ((letters = (await gateway.AdminAsync(HttpMethod.Get, "/admin/v1/dead-letters")).GetProperty("data")).GetArrayLength() < 2)
            await Task.Delay(50, limit.Token);
        foreach (var letter in letters.EnumerateArray())
            shell.Environment[letter.GetProperty("body").GetString()!.Contains("no event") ? "USELESS" : "WRONG"] = letter.GetProperty("id").ToString();
        shell.Substitute("corrected-event.json", corrected);
    }

    /// <summary>Clients have settings with the word in their names.</summary>
    [GeneratedRegex("(?<![A-Z_])GATEWAY_[A-Z_]+[A-Z]")]
    private static partial Regex Setting();

    /// <summary>The sample subscriber, reached by hand: how it gets its events from a sidecar has its own test.</summary>
    private sealed class Subscriber(Microsoft.AspNetCore.Builder.WebApplication app) : IAsyncDisposable
    {
        public Uri Address { get; } = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        public static async Task<Subscriber> StartAsync()
        {
            var app = SubscriberHost.Build(["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]);
            await app.StartAsync();
            return new Subscriber(app);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
