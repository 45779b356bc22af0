using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Providers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;

namespace Gateway.Tests.Translation;

/// <summary>
/// One folder under <c>tests/fixtures/&lt;dialect&gt;/</c>. All files are optional:
/// <list type="bullet">
/// <item><c>options.json</c>: provider, quirks, catalog model, upstream model</item>
/// <item><c>request.json</c> and what becomes of it: <c>upstream-request.json</c>, <c>dropped.json</c>, or <c>refused.txt</c></item>
/// <item><c>upstream.sse</c> -> <c>expected.sse</c>, or <c>failed.txt</c>: "kind: message"</item>
/// <item><c>upstream.json</c> -> <c>expected.json</c>, or <c>failed.txt</c>; beside an <c>upstream.sse</c> it is the same answer in one piece</item>
/// <item><c>answer-dropped.json</c>: what of the answer the client can't be told; <c>used.json</c>: what an answer that failed has used</item>
/// <item><c>error.json</c>: <c>{"status", "body", "kind", "message", "cure"?, "retryAfterSeconds"?}</c></item>
/// </list>
/// With <c>GATEWAY_UPDATE_FIXTURES=1</c> the expected files are written anew, for the change to be reviewed.
/// </summary>
public sealed class Fixture
{
    private const string DefaultRequest = """{"model":"test-model","max_tokens":1000,"messages":[{"role":"user","content":"Hi"}]}""";

    public static readonly bool Updating = Environment.GetEnvironmentVariable("GATEWAY_UPDATE_FIXTURES") == "1";

    public static readonly JsonSerializerOptions Compact =
        new(JsonSerializerOptions.Default) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };

    public static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    private readonly string _folder;

    private Fixture(string name)
    {
        Name = name;
        _folder = Path.Combine(Root, name);
    }

    public string Name { get; }

    private static string Root { get; } = FindRoot();

    public static Fixture Open(string name) => new(name);

    public static IEnumerable<string> Names(params string[] withAnyOf) => Directory
        .EnumerateDirectories(Root).SelectMany(Directory.EnumerateDirectories)
        .Where(folder => withAnyOf.Any(file => File.Exists(Path.Combine(folder, file))))
        .Where(folder => KnownDialects.Find(Path.GetFileName(Path.GetDirectoryName(folder)!)) is not null)
        .Select(folder => Path.GetRelativePath(Root, folder).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    /// <summary>The folders that are whole exchanges with a provider, see <see cref="Exchange"/>.</summary>
    public static IEnumerable<string> Exchanges() =>
        Directory.EnumerateDirectories(Path.Combine(Root, "exchanges")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);

    public bool Has(string file) => File.Exists(Path.Combine(_folder, file));

    public byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(_folder, file));

    public string Text(string file) => File.ReadAllText(Path.Combine(_folder, file)).TrimEnd('\n');

    public JsonNode Json(string file) => JsonNode.Parse(Bytes(file), documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!;

    /// <summary>The call that the fixture's answers belong to.</summary>
    public ProviderCall Call(bool? stream = null)
    {
        var options = Has("options.json") ? Json("options.json").AsObject() : [];
        var dialect = Name[..Name.IndexOf('/')];
        var entry = new ProviderEntry
        {
            Dialect = dialect,
            BaseUrl = "https://provider.example",
            Quirks = options["quirks"]?.AsArray().Select(q => q!.GetValue<string>()).ToArray() ?? [],
        };
        Assert.All(entry.Quirks, q => Assert.True(QuirkSet.TryParse(q.TrimStart('!'), out _), $"unknown quirk {q}"));
        var provider = ProviderDescriptors.Resolve(options["provider"]?.GetValue<string>() ?? "test", entry)!;
        var model = options["model"]?.Deserialize<ModelEntry>(JsonSerializerOptions.Web);
        var body = JsonNode.Parse(Has("request.json") ? Text("request.json") : DefaultRequest, documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!;
        if (stream is { } streamed)
            body["stream"] = streamed;
        // Where no node has to be changed the very bytes count: escapes and spelling of numbers are part of some rules.
        var bytes = stream is null
            ? (Has("request.json") ? Bytes("request.json") : Encoding.UTF8.GetBytes(DefaultRequest))
            : Encoding.UTF8.GetBytes(body.ToJsonString(Indented));
        return new ProviderCall(RequestParser.Parse(bytes), provider, options["upstreamModel"]?.GetValue<string>() ?? "upstream-model", model);
    }

    /// <summary>Compares with an expected file, or writes it.</summary>
    public void Expect(string file, string actual)
    {
        if (Updating)
            File.WriteAllText(Path.Combine(_folder, file), actual + (actual.EndsWith('\n') ? "" : "\n"));
        Assert.Equal(Text(file), actual.TrimEnd('\n'));
    }

    public void ExpectJson(string file, string actual)
    {
        var node = JsonNode.Parse(actual, documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!;
        if (Updating)
            File.WriteAllText(Path.Combine(_folder, file), node.ToJsonString(Indented) + "\n");
        Assert.True(
            JsonNode.DeepEquals(Json(file), node), $"{Name}/{file}\nexpected: {Json(file).ToJsonString(Indented)}\nactual: {node.ToJsonString(Indented)}");
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Gateway.sln above the test assembly.");
        return Path.Combine(folder, "tests", "fixtures");
    }
}
