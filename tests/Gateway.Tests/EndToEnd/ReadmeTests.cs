using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;
using Gateway.Tests.Deployment;

namespace Gateway.Tests.EndToEnd;

/// <summary>The documented commands are run as they stand, but for the address, and the ids that the answers before them give.</summary>
public sealed partial class ReadmeTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [FactIfInstalled("curl")]
    public Task A_team_gets_its_budget_by_the_three_commands_of_the_readme() =>
        GivesATeamABudgetAsync(RepositoryFiles.Path("README.md"), "A team with a budget, a key in it", 50);

    [FactIfInstalled("curl")]
    public Task A_team_gets_its_budget_by_the_three_commands_of_the_accounts_page() =>
        GivesATeamABudgetAsync(RepositoryFiles.Path("services", "billing", "README.md"), "## A team with a budget", 500);

    private async Task GivesATeamABudgetAsync(string page, string heading, decimal amount)
    {
        var block = CodeBlock().Match(
            await File.ReadAllTextAsync(page), (await File.ReadAllTextAsync(page)).IndexOf(heading, StringComparison.Ordinal)).Groups[1].Value;
        var commands = Commands().Split(block).Where(c => c.Trim().Length > 0).ToList();
        var first = commands.FindIndex(c => c.TrimStart().StartsWith("curl", StringComparison.Ordinal));
        var settings = string.Concat(commands.Take(first));
        commands = commands[first..];
        Assert.Equal(3, commands.Count);

        var team = await RunAsync(settings + commands[0]);
        var teamId = team.GetProperty("id").GetString()!;
        Assert.Equal(amount, team.GetProperty("budget").GetProperty("amount").GetDecimal());
        var key = await RunAsync(settings + TeamId().Replace(commands[1], teamId));
        using (var answer = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, key: key.GetProperty("key").GetString())))
        {
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            // The most of one request, the more so its cost, fits the budget; the team's status says what is left.
            var status = (await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/teams/" + teamId)).GetProperty("status").GetProperty("budget");
            Assert.Equal(amount.ToString(System.Globalization.CultureInfo.InvariantCulture), status.GetProperty("amount").GetString());
        }

        await _gateway.UsageAsync(key.GetProperty("id").GetString()!, 1);
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            // The key's account has counted it; the team's is next.
            var line = (await RunAsync(settings + commands[2]))
                .GetProperty("data").EnumerateArray().FirstOrDefault(l => l.GetProperty("team_id").GetString() == teamId);
            if (line.ValueKind == JsonValueKind.Object && line.GetProperty("requests").GetInt32() == 1)
                break;
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task<JsonElement> RunAsync(string script)
    {
        script = script.Replace("localhost:8080", _gateway.Url, StringComparison.Ordinal);
        using var shell = new Process
        {
            StartInfo = new ProcessStartInfo("bash", ["-c", script])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["ADMIN_KEY"] = TestGateway.AdminKey, ["ADMIN"] = TestGateway.AdminKey, ["GATEWAY"] = _gateway.Url },
            },
        };
        shell.Start();
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        var (output, errors) = (shell.StandardOutput.ReadToEndAsync(limit.Token), shell.StandardError.ReadToEndAsync(limit.Token));
        await shell.WaitForExitAsync(limit.Token);
        Assert.True(shell.ExitCode == 0, $"{script}\n{await errors}");
        return JsonDocument.Parse(await output).RootElement.Clone();
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    /// <summary>A command begins at a line that begins with a word.</summary>
    [GeneratedRegex("(?m)^(?=\\w)")]
    private static partial Regex Commands();

    [GeneratedRegex("team:(…|\\.\\.\\.)")]
    private static partial Regex TeamId();
}
