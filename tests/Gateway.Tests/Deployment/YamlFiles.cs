using System.Text.Json.Nodes;
using Gateway.Tests.Conformance;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Deployment;

/// <summary>YAML as JSON nodes, every scalar a string.</summary>
internal static class YamlFiles
{
    public static IReadOnlyList<JsonObject> Read(params string[] parts)
    {
        var path = RepositoryFiles.Path(parts);
        using var text = File.OpenText(path);
        return Parse(text, path);
    }

    /// <summary>All resources in the files under a folder, with the file each is from; kustomization files and patches are none.</summary>
    public static IReadOnlyList<(string File, JsonObject Resource)> ReadFolder(params string[] parts) =>
        [.. Directory.EnumerateFiles(RepositoryFiles.Path(parts), "*.yaml", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "kustomization.yaml" && Path.GetFileName(Path.GetDirectoryName(f)) != "patches")
            .Order(StringComparer.Ordinal)
            .SelectMany(f => Read(f).Select(r => (Path.GetRelativePath(RepositoryFiles.Root, f), r)))];

    public static IReadOnlyList<JsonObject> Parse(TextReader text, string origin)
    {
        var yaml = new YamlStream();
        yaml.Load(text);
        return [.. yaml.Documents.Select(d => Convert(d.RootNode) as JsonObject ?? throw new FormatException($"{origin}: not a mapping"))];
    }

    public static string Kind(this JsonObject resource) => resource.Text("kind") ?? "";

    public static string Name(this JsonObject resource) => resource.At("metadata")?.Text("name") ?? "";

    /// <summary>The node at a path of names and list positions; null where there is none.</summary>
    public static JsonNode? At(this JsonNode node, params object[] path)
    {
        JsonNode? at = node;
        foreach (var step in path)
        {
            at = (at, step) switch
            {
                (JsonObject map, string name) => map[name],
                (JsonArray list, int i) when i < list.Count => list[i],
                _ => null,
            };
        }

        return at;
    }

    public static string? Text(this JsonNode node, params object[] path) => (node.At(path) as JsonValue)?.GetValue<string>();

    public static IEnumerable<JsonNode> Items(this JsonNode? node, params object[] path) => (node?.At(path) as JsonArray ?? []).Select(n => n!);

    public static IReadOnlyList<string> Texts(this JsonNode? node, params object[] path) => [.. node.Items(path).Select(n => n.GetValue<string>())];

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Value: null or "null", Style: YamlDotNet.Core.ScalarStyle.Plain } => null,
        YamlScalarNode scalar => JsonValue.Create(scalar.Value ?? ""),
        _ => throw new FormatException(node.NodeType.ToString()),
    };
}
