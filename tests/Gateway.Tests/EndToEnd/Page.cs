using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.EndToEnd;

/// <summary>A page of the repository and its fenced blocks.</summary>
/// <param name="Path">From the repository's root.</param>
internal sealed partial record Page(string Path, IReadOnlyList<PageBlock> Blocks)
{
    public static IReadOnlyList<Page> All { get; } =
        [.. RepositoryFiles.Tracked().Where(f => f.EndsWith(".md", StringComparison.Ordinal)).Select(Read).OrderBy(p => p.Path, StringComparer.Ordinal)];

    public IEnumerable<PageBlock> Of(string kind) => Blocks.Where(b => b.Kind == kind);

    /// <summary>Where its links lead, relative to the page; those to other sites left out.</summary>
    public IEnumerable<string> Links() => Link().Matches(File.ReadAllText(RepositoryFiles.Path(Path))).Select(m => m.Groups["to"].Value)
        .Where(to => !to.Contains("://", StringComparison.Ordinal) && !to.StartsWith('#')).Select(to => to.Split('#')[0]);

    private static Page Read(string path)
    {
        var text = File.ReadAllText(RepositoryFiles.Path(path)).ReplaceLineEndings("\n");
        return new Page(path, [.. Fence().Matches(text).Select(m => new PageBlock(path, m.Groups["kind"].Value, Outdented(m)))]);
    }

    /// <summary>A block in a list is indented as the list is.</summary>
    private static string Outdented(Match block)
    {
        var indent = block.Groups["indent"].Value;
        var lines = block.Groups["text"].Value.Split('\n');
        return string.Join('\n', lines.Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line));
    }

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^(?<indent> *)```(?<kind>[^\n`]*)\n(?<text>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
