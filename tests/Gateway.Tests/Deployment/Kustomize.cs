using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>What <c>kubectl kustomize</c> makes of an overlay; each is rendered once.</summary>
internal static class Kustomize
{
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<JsonObject>>> Rendered = new(StringComparer.Ordinal);

    public static IReadOnlyList<JsonObject> Render(string overlay) =>
        Rendered.GetOrAdd(overlay, static name => new Lazy<IReadOnlyList<JsonObject>>(() => Run(RepositoryFiles.Path("k8s", "overlays", name)))).Value;

    private static IReadOnlyList<JsonObject> Run(string directory)
    {
        using var kubectl = Process.Start(
            new ProcessStartInfo("kubectl", ["kustomize", directory]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = kubectl.StandardError.ReadToEndAsync();
        var output = kubectl.StandardOutput.ReadToEndAsync();
        if (!kubectl.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            kubectl.Kill(entireProcessTree: true);
            throw new TimeoutException("kubectl kustomize did not end within a minute");
        }

        Assert.True(kubectl.ExitCode == 0, errors.GetAwaiter().GetResult());
        return YamlFiles.Parse(new StringReader(output.GetAwaiter().GetResult()), directory);
    }
}
