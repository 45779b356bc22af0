using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Translation;

/// <summary>
/// A rule's number says nothing by itself: whatever code, tests, pages and fixtures cite is defined in <c>tests/fixtures/README.md</c>, once.
/// </summary>
public sealed partial class RuleTests
{
    private const string Page = "tests/fixtures/README.md";

    private static readonly string[] Defined =
        [.. Definition().Matches(File.ReadAllText(RepositoryFiles.Path(Page))).Select(m => m.Groups["id"].Value)];

    [Fact]
    public void Every_rule_is_defined_once_in_a_sentence_with_a_source()
    {
        Assert.Equal(Defined.Distinct(), Defined);
        var page = File.ReadAllText(RepositoryFiles.Path(Page));
        var links = LinkTarget().Matches(page).Select(m => m.Groups[1].Value).ToList();
        Assert.All(Definition().Matches(page), rule =>
        {
            Assert.EndsWith(".", rule.Groups["sentence"].Value);
            Assert.All(rule.Groups["source"].Value.Split(", "), source =>
                Assert.True(Thread().IsMatch(source) || links.Contains(LinkName().Match(source).Groups[1].Value), $"{rule.Value}: what is '{source}'?"));
        });
        Assert.All(links, link => Assert.Contains($"][{link}]", page));
    }

    [Fact]
    public void What_is_cited_is_defined_and_what_is_defined_is_cited()
    {
        var cited = RepositoryFiles.Tracked().SelectMany(CitedIn).ToHashSet();
        Assert.Empty(cited.Except(Defined));
        Assert.Empty(Defined.Except(cited));
    }

    [Theory]
    [InlineData("see (rules E56, E59 and F5)", "E56 E59 F5")]
    [InlineData("(rules E1-E3, E13)", "E1 E2 E3 E13")]
    [InlineData("(rules E122,\n    /// E126), saying", "E122 E126")]
    [InlineData("public void Rules_E84_and_E83_blocks()", "E84 E83")]
    [InlineData("Contract_C1_every_path (contract C5)", "C1 C5")]
    [InlineData("/%E4%BD%A0 \"F0\" %C3%A9", "")]
    public void A_citation_follows_the_word_rule_or_contract(string text, string ids) => Assert.Equal(ids, string.Join(' ', CitedBy(text)));

    private static IEnumerable<string> CitedIn(string file)
    {
        var folder = FixtureFolder().Match(file);
        if (folder.Success)
            return [folder.Groups[1].Value.ToUpperInvariant() + int.Parse(folder.Groups[2].Value, CultureInfo.InvariantCulture)];
        var text = file == Page || file.EndsWith("package-lock.json", StringComparison.Ordinal) || file.EndsWith("/RuleTests.cs", StringComparison.Ordinal)
            ? "" : File.ReadAllText(RepositoryFiles.Path(file));
        return CitedBy(text);
    }

    private static int Number(string id) => int.Parse(id[1..], CultureInfo.InvariantCulture);

    private static IEnumerable<string> CitedBy(string text)
    {
        foreach (Match citation in Citation().Matches(text))
        {
            string? before = null;
            foreach (Match id in Id().Matches(citation.Groups[1].Value))
            {
                // A range cites what is defined between its ends: the numbers have gaps.
                if (before is not null && id.Groups["range"].Success)
                {
                    var (first, last) = (Number(before), Number(id.Groups["id"].Value));
                    foreach (var between in Enumerable.Range(first + 1, last - first - 1).Select(n => $"{before[0]}{n}").Where(Defined.Contains))
                        yield return between;
                }

                yield return before = id.Groups["id"].Value;
            }
        }
    }

    [GeneratedRegex(@"^\| (?<id>[EFC][0-9]+) \| (?<sentence>[^|]+) \| (?<source>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Definition();

    [GeneratedRegex(@"^\[([a-z-]+)\]: https://\S+$", RegexOptions.Multiline)]
    private static partial Regex LinkTarget();

    [GeneratedRegex(@"^\[[^\]]+\]\[([a-z-]+)\]$")]
    private static partial Regex LinkName();

    [GeneratedRegex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+#[0-9]+$")]
    private static partial Regex Thread();

    [GeneratedRegex("^tests/fixtures/[a-z-]+/([ef])([0-9]{2,3})-")]
    private static partial Regex FixtureFolder();

    [GeneratedRegex(@"(?:[Rr]ules?|[Cc]ontracts?)[ _]((?:(?:[,\s/_-]|and|to)*[EFC][0-9]{1,3}(?![0-9A-Za-z]))+)")]
    private static partial Regex Citation();

    [GeneratedRegex("(?<range>-)?(?<id>[EFC][0-9]{1,3})")]
    private static partial Regex Id();
}
