using System.Diagnostics;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// <c>dotnet run</c> shows nothing of a build, and the first one takes minutes: the project says so before it starts, and only then. The
/// builds themselves are left out here.
/// </summary>
public sealed class FirstBuildTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_first_run_says_that_it_builds_before_anything_else_is_done()
    {
        using var nothingBuilt = new Billing.TemporaryDirectory("first-build-");
        using var process = Start("run", "--project", "services/local", $"--property:ArtifactsPath={nothingBuilt.Path}/", "--", "--help");
        try
        {
            using var limit = new CancellationTokenSource(Timeout);
            while (true)
            {
                // The launch settings are named first.
                var line = await process.StandardError.ReadLineAsync(limit.Token);
                Assert.NotNull(line);
                if (line.Contains("Building the gateway for the first time", StringComparison.Ordinal))
                    break;
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task What_is_built_is_not_announced()
    {
        // The configuration that these tests were built in is built.
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        configuration = $"-p:Configuration={char.ToUpperInvariant(configuration[0])}{configuration[1..]}";
        using var process = Start("msbuild", "services/local", "-nologo", "-t:AnnounceFirstBuild", configuration);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Timeout);
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        Assert.DoesNotContain("first time", await output);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryFiles.Root,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        return Process.Start(start)!;
    }
}
