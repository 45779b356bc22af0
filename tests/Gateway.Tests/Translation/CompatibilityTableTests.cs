using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Translation;

/// <summary>
/// The compatibility table of <c>tests/fixtures/README.md</c> says which rule stands behind which fixture or test, and this keeps it true. With
/// <c>GATEWAY_UPDATE_FIXTURES=1</c> it is written anew.
/// </summary>
public sealed partial class CompatibilityTableTests
{
    private const string Begin = "<!-- compatibility -->";
    private const string End = "<!-- /compatibility -->";

    private static readonly string[] Formats = ["openai-chat", "openai-responses", "gemini"];

    private static readonly (string Name, int From, int To)[] Areas =
    [
        ("Block order and indexes of streams", 1, 24),
        ("Ends of streams, stop reasons", 25, 40),
        ("Usage", 41, 50),
        ("Tool ids, tool results, order of turns", 51, 69),
        ("System messages, roles, message shape", 70, 81),
        ("Thinking and its replay", 82, 94),
        ("Tools, structured output, media", 95, 107),
        ("Parameters", 108, 116),
        ("Errors and overload", 117, 130),
        ("Bytes, framing, connections", 131, 148),
        ("count_tokens, models, Claude Code", 149, 160),
        (".NET and Dapr traps", 161, 178),
    ];

    [Fact]
    public void The_table_is_what_the_fixtures_and_tests_are()
    {
        var path = RepositoryFiles.Path("tests", "fixtures", "README.md");
        var readme = File.ReadAllText(path);
        var from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = readme.IndexOf(End, StringComparison.Ordinal);
        var expected = "\n" + Table();
        if (Fixture.Updating)
            File.WriteAllText(path, readme[..from] + expected + readme[to..]);
        else
            Assert.Equal(expected, readme[from..to]);
    }

    private static string Table()
    {
        var columns = Formats.Select(f => RulesOf(FoldersOf(f), FixtureRule())).ToList();
        var everywhere = RulesOf(
            Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "tests/Gateway.Tests"), "*.cs", SearchOption.AllDirectories).SelectMany(File.ReadLines),
            TestRule());
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"| rules | {string.Join(" | ", Formats.Select(f => $"[{f}]({f})"))} | [every route](../Gateway.Tests) |\n");
        table.Append(CultureInfo.InvariantCulture, $"|---|{string.Concat(Formats.Select(_ => "---|"))}---|\n");
        foreach (var (name, first, last) in Areas)
        {
            var cells = columns.Append(everywhere).Select(rules => string.Join(' ', rules.Where(r => r >= first && r <= last).Select(r => $"E{r}")));
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells)} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<string> FoldersOf(string format) =>
        Directory.EnumerateDirectories(RepositoryFiles.Path("tests", "fixtures", format)).Select(d => Path.GetFileName(d)!);

    private static SortedSet<int> RulesOf(IEnumerable<string> texts, Regex pattern) =>
        [.. texts.SelectMany(t => pattern.Matches(t)).SelectMany(m => m.Groups[1].Captures).Select(c => int.Parse(c.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("^e([0-9]{3})")]
    private static partial Regex FixtureRule();

    [GeneratedRegex("(?:void|Task) Rules?(?:_(?:and_)?E([0-9]+))+")]
    private static partial Regex TestRule();
}
