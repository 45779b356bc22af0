using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Tests.Translation;

/// <summary>
/// What is said of the estimate's accuracy, held against counts that the tokenizers themselves gave (<c>tests/fixtures/tokens</c>). With
/// <c>GATEWAY_UPDATE_FIXTURES=1</c> the table of the README there is written anew.
/// </summary>
public class TokenEstimateTests
{
    private static readonly string Folder = FindFolder();

    private static readonly Dictionary<string, Dictionary<string, int>> Counts =
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, int>>>(File.ReadAllBytes(Path.Combine(Folder, "counts.json")))!;

    private static readonly string[] Foreign =
        ["arabic", "base64", "chinese", "emoji", "french", "german", "hindi", "japanese", "korean", "polish", "russian", "ukrainian", "vietnamese"];

    public static TheoryData<string> Samples => [.. Counts.Keys.Select(file => file[..^4])];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Rule_E152_it_is_as_close_as_it_says(string sample)
    {
        var estimate = TokenEstimate.Of(Text(sample));
        var percent = Foreign.Contains(sample) ? TokenEstimate.ForeignPercent : TokenEstimate.PlainPercent;
        foreach (var vocabulary in (string[])["o200k", "llama3"])
        {
            var error = Error(estimate, Counts[sample + ".txt"][vocabulary]);
            Assert.True(Math.Abs(error) <= percent, $"{sample}: {estimate} is {error:0.0} % off {vocabulary}");
        }
    }

    [Fact]
    public void It_is_not_biased()
    {
        var errors = Counts.Select(c => Error(TokenEstimate.Of(Text(c.Key[..^4])), (c.Value["o200k"] + c.Value["llama3"]) / 2.0)).ToList();
        Assert.InRange(errors.Average(), -3, 3);
        Assert.InRange(errors.Average(Math.Abs), 0, 10);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_depends_on_the_text_and_not_on_how_it_is_cut_or_encoded(string sample)
    {
        var text = Text(sample);
        var whole = TokenEstimate.Of(text);
        var utf8 = Encoding.UTF8.GetBytes(text);
        Assert.Equal(whole, TokenEstimate.Of(utf8));
        foreach (var size in (int[])[1, 2, 3, 7])
        {
            var (bytes, chars) = (default(TokenEstimate), default(TokenEstimate));
            foreach (var piece in utf8.Chunk(size))
                bytes.Add(piece);
            foreach (var piece in text.Chunk(size))
                chars.Add(piece.AsSpan());
            Assert.Equal((whole, whole), (bytes.Tokens, chars.Tokens));
        }
    }

    [Fact]
    public void It_takes_any_bytes()
    {
        var estimate = default(TokenEstimate);
        estimate.Add([0xFF, 0x80, 0xC3, 0x28, 0xE2, 0x82, 0xF0, 0x00]);
        Assert.InRange(estimate.Tokens, 0, 10);
        Assert.Equal(0, TokenEstimate.Of(""));
    }

    [Fact]
    public void The_table_of_the_samples_is_true()
    {
        var table = new StringBuilder(
            "| sample | o200k | cl100k | llama3 | mistral v1 | claude 2 | estimate | off o200k | off llama3 |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        foreach (var (file, counts) in Counts)
        {
            var estimate = TokenEstimate.Of(Text(file[..^4]));
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {file[..^4]} | {counts["o200k"]} | {counts["cl100k"]} | {counts["llama3"]} | {counts["mistral"]} | {counts["claude2"]} | {estimate} ");
            table.Append(CultureInfo.InvariantCulture, $"| {Error(estimate, counts["o200k"]):+0;-0;0} % | {Error(estimate, counts["llama3"]):+0;-0;0} % |\n");
        }

        var readme = Path.Combine(Folder, "README.md");
        var text = File.ReadAllText(readme);
        var start = text.IndexOf("| sample |", StringComparison.Ordinal);
        if (Fixture.Updating)
            File.WriteAllText(readme, text[..start] + table);
        Assert.Equal(table.ToString(), File.ReadAllText(readme)[start..]);
    }

    private static string Text(string sample) => File.ReadAllText(Path.Combine(Folder, sample + ".txt"));

    private static double Error(long estimate, double count) => ((estimate / count) - 1) * 100;

    private static string FindFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Gateway.sln above the test assembly.");
        return Path.Combine(folder, "tests", "fixtures", "tokens");
    }
}
