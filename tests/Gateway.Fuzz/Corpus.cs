using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Fuzz;

/// <summary>What mutations start from: the requests and answers of <c>tests/fixtures</c>.</summary>
internal sealed class Corpus
{
    private readonly Dictionary<(string Dialect, bool Stream), List<byte[]>> _answers = [];

    private Corpus()
    {
    }

    public List<string> Requests { get; } = [];

    public int Count => Requests.Count + _answers.Values.Sum(a => a.Count);

    public IReadOnlyList<byte[]> Answers(string dialect, bool stream) => _answers[(dialect, stream)];

    public static Corpus Load()
    {
        var corpus = new Corpus();
        var root = Find();
        foreach (var dialect in new[] { "openai-chat", "openai-responses", "gemini" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, dialect), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                switch (Path.GetFileName(file))
                {
                    case "request.json":
                        corpus.AddRequest(File.ReadAllText(file));
                        break;
                    case "upstream.json":
                    case "upstream.sse":
                        corpus.Add(dialect, file);
                        break;
                    case "error.json":
                        corpus.Add(dialect, file);
                        break;
                    // What a translated answer is to the client, Anthropic itself sends as well.
                    case "expected.json":
                    case "expected.sse":
                        corpus.Add("anthropic", file);
                        break;
                }
            }
        }

        return corpus;
    }

    /// <summary>What a case can still be made of: half of a character cannot be written again.</summary>
    private void AddRequest(string json)
    {
        try
        {
            JsonNode.Parse(json)!.ToJsonString();
            Requests.Add(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Deeper than a test needs, or with such a half: mutations make both anew.
        }
    }

    private void Add(string dialect, string file)
    {
        var key = (dialect, file.EndsWith(".sse", StringComparison.Ordinal));
        if (!_answers.TryGetValue(key, out var list))
            _answers[key] = list = [];
        var bytes = File.ReadAllBytes(file);
        // Comments between our own services are none of a provider's.
        list.Add(dialect == "anthropic" ? WithoutComments(bytes) : bytes);
    }

    private static byte[] WithoutComments(byte[] stream) => Encoding.UTF8.GetBytes(
        string.Join('\n', Encoding.UTF8.GetString(stream).Split('\n').Where(l => !l.StartsWith(": gateway", StringComparison.Ordinal))));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var fixtures = Path.Combine(folder.FullName, "tests", "fixtures");
            if (Directory.Exists(fixtures))
                return fixtures;
        }

        throw new DirectoryNotFoundException("tests/fixtures is not above the program.");
    }
}
