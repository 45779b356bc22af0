using System.Diagnostics;
using System.Text.RegularExpressions;
using Gateway.Local;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Runs the commands of a page, in order and in one shell, from the repository's root. They run as printed, but for addresses, keys and folders
/// that are the test's own, and for the programs of <see cref="Replaced"/>: a function of the shell notes how those were called, and that is checked.
/// </summary>
internal sealed partial class PageShell
{
    /// <summary>What is not run, and why.</summary>
    private static readonly Dictionary<string, string> Replaced = new()
    {
        ["dotnet"] = "would build while the tests run on what is built: projects, options and filters are checked",
        ["dapr"] = "needs a Dapr runtime: Gateway.ContainerTests run one",
        ["daprd"] = "needs a Dapr runtime",
        ["placement"] = "is a part of Dapr's runtime",
        ["scheduler"] = "is a part of Dapr's runtime",
        ["redis-server"] = "is another system",
        ["docker"] = "needs a container engine",
        ["kind"] = "makes a cluster",
        ["kubectl"] = "needs a cluster: the overlays are rendered by other tests",
        ["helm"] = "needs a cluster",
        ["claude"] = "talks to a model: tests/clients run it",
        ["an-editor"] = "waits for a person",
    };

    private readonly Dictionary<string, string> _substitutes = [];

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Puts a value of the test's own in place of a printed one.</summary>
    public void Substitute(string printed, string value) => _substitutes[printed] = value;

    /// <returns>What the commands printed.</returns>
    public async Task<string> RunAsync(IEnumerable<string> blocks)
    {
        var calls = Path.GetTempFileName();
        try
        {
            var script = string.Join('\n', blocks);
            foreach (var (printed, value) in _substitutes)
                script = script.Replace(printed, value, StringComparison.Ordinal);
            var output = await RunAsync(Prologue(calls) + script + "\nwait\n");
            foreach (var call in (await File.ReadAllTextAsync(calls)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                CheckCall(call.Split('\x1f', StringSplitOptions.RemoveEmptyEntries));
            return output;
        }
        finally
        {
            File.Delete(calls);
        }
    }

    /// <summary>The first command that fails ends the script, and so does an error status of an answer.</summary>
    private static string Prologue(string calls) => $$"""
        set -eo pipefail
        curl() { command curl -sS --fail-with-body "$@"; }
        note_call() { local call; printf -v call '%s\037' "$PWD" "$@"; printf '%s\n' "$call" >> '{{calls}}'; }
        {{string.Concat(Replaced.Keys.Select(name => $"{name}() {{ note_call {name} \"$@\"; }}\n"))}}
        EDITOR=an-editor

        """;

    private async Task<string> RunAsync(string script)
    {
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryFiles.Root,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var shell = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        try
        {
            var (output, errors) = (shell.StandardOutput.ReadToEndAsync(limit.Token), shell.StandardError.ReadToEndAsync(limit.Token));
            await shell.StandardInput.WriteAsync(script);
            shell.StandardInput.Close();
            await shell.WaitForExitAsync(limit.Token);
            Assert.True(shell.ExitCode == 0, $"{script}\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            if (!shell.HasExited)
                shell.Kill(entireProcessTree: true);
        }
    }

    /// <param name="call">Working directory, program, arguments.</param>
    private static void CheckCall(string[] call)
    {
        var (directory, program, arguments) = (call[0], call[1], call[2..]);
        Assert.All(arguments.Where(IsPathOfRepository), path =>
            Assert.True(Path.Exists(Path.Combine(directory, path)), $"{string.Join(' ', call[1..])}: there is no {path}"));
        Assert.All(arguments.Select(a => BuiltAssembly().Match(a)).Where(m => m.Success), built =>
            Assert.Contains(RepositoryFiles.Tracked(), f => f.EndsWith($"/{built.Groups[1].Value}.csproj", StringComparison.Ordinal)));
        if (program == "dotnet")
            CheckDotnet(directory, arguments);
    }

    private static bool IsPathOfRepository(string argument) =>
        argument.Split('/')[0] is "services" or "tests" or "k8s" or "components" || argument.EndsWith(".sln", StringComparison.Ordinal);

    private static void CheckDotnet(string directory, string[] arguments)
    {
        var separator = Array.IndexOf(arguments, "--");
        var (own, programs) = separator < 0 ? (arguments, []) : (arguments[..separator], arguments[(separator + 1)..]);
        switch (own[0])
        {
            case "run":
                var project = Path.Combine(directory, own[Array.IndexOf(own, "--project") + 1]);
                Assert.NotEmpty(Directory.GetFiles(project, "*.csproj"));
                if (Path.GetFileName(project) == "local")
                    LocalOptions.Parse(programs);
                else
                    CheckBenchmark(programs);
                break;
            case "test":
                Assert.NotEmpty(Directory.GetFiles(Path.Combine(directory, own[1]), "*.csproj"));
                if (Array.IndexOf(own, "--filter") is > 0 and var filter)
                {
                    var name = own[filter + 1].Replace("FullyQualifiedName~", "", StringComparison.Ordinal);
                    Assert.Contains(typeof(PageShell).Assembly.GetTypes(), t => t.FullName!.Contains(name, StringComparison.Ordinal));
                }

                break;
            case "build":
                Assert.True(File.Exists(Path.Combine(directory, own[1])), own[1]);
                break;
            default:
                Assert.Fail($"dotnet {string.Join(' ', arguments)}: say here how to check it");
                break;
        }
    }

    private static void CheckBenchmark(string[] arguments)
    {
        Assert.Contains(arguments[0], (string[])["load", "scale", "soak", "pages", "settle", "--filter"]);
        var options = File.ReadAllText(RepositoryFiles.Path("tests", "Gateway.Benchmarks", "Load", "LoadOptions.cs"));
        if (arguments[0] != "load")
            return;
        var given = arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a != "--help");
        Assert.All(given, option => Assert.Contains($"\"{option}\"", options));
    }

    [GeneratedRegex(@"^\.artifacts/bin/([^/]+)/(?:debug|release)/\1\.dll$")]
    private static partial Regex BuiltAssembly();
}
