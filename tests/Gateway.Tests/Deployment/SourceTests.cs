using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>What neither the compiler nor the formatter checks about the source itself.</summary>
public class SourceTests
{
    private const int MaxLineLength = 160;

    private static readonly string[] Folders = ["services", "tests"];

    /// <summary>Longer lines do not fit two windows side by side, and hide in review what stands at their end.</summary>
    [Fact]
    public void No_line_of_code_is_longer_than_160_characters()
    {
        var files = Folders.SelectMany(f => Directory.EnumerateFiles(RepositoryFiles.Path(f), "*.cs", SearchOption.AllDirectories)).Where(IsSource).ToList();
        Assert.True(files.Count > 500, $"only {files.Count} source files were found");
        var tooLong = files.SelectMany(file => File.ReadLines(file)
            .Select((line, index) => (line.Length, Place: $"{Path.GetRelativePath(RepositoryFiles.Root, file)}:{index + 1}"))
            .Where(line => line.Length > MaxLineLength)
            .Select(line => $"{line.Place} ({line.Length})"));
        Assert.Empty(tooLong);
    }

    /// <summary>Not what a build has generated.</summary>
    private static bool IsSource(string file) =>
        !Path.GetRelativePath(RepositoryFiles.Root, file).Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj" || folder.StartsWith('.'));
}
