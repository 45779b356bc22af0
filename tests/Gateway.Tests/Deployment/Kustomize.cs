using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>What <c>kubectl kustomize</c> makes of an overlay; each is rendered once.</summary>
internal static class Kustomize
{
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<JsonObject>>> Rendered = new(StringComparer.Ordinal);

    public static IReadOnlyList<JsonObject> Render(string overlay) => Rendered.GetOrAdd(
        overlay,
        static name => new Lazy<IReadOnlyList<JsonObject>>(() => Run(RepositoryFiles.Path("k8s", "overlays", name)))).Value;

    /// <summary>The overlay with these folders of <c>k8s/options</c> named in it, as somebody would who wants them.</summary>
    public static IReadOnlyList<JsonObject> Render(string overlay, IEnumerable<string> options)
    {
        var copy = Directory.CreateTempSubdirectory("k8s-").FullName;
        try
        {
            var source = RepositoryFiles.Path("k8s");
            foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            var kustomization = Path.Combine(copy, "overlays", overlay, "kustomization.yaml");
            File.AppendAllLines(kustomization, ["components:", .. options.Select(o => $"  - ../../options/{o}")]);
            return Run(Path.GetDirectoryName(kustomization)!);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static IReadOnlyList<JsonObject> Run(string directory)
    {
        var start = new ProcessStartInfo("kubectl", ["kustomize", directory]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var kubectl = Process.Start(start)!;
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
