using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Gateway.Local.Sidecar.Resources;

/// <summary>Small readers over YAML nodes; what is wrong is said with the field's path.</summary>
internal static class YamlReading
{
    public static YamlNode? Get(this YamlMappingNode map, string field) =>
        map.Children.TryGetValue(new YamlScalarNode(field), out var node) ? node : null;

    public static YamlMappingNode? Map(this YamlMappingNode map, string field) => map.Get(field) switch
    {
        null => null,
        YamlMappingNode inner => inner,
        YamlScalarNode { Value: null or "" } => null,
        _ => throw new FormatException($"'{field}' must be a mapping"),
    };

    public static IEnumerable<YamlNode> List(this YamlMappingNode map, string field) => map.Get(field) switch
    {
        null => [],
        YamlSequenceNode inner => inner.Children,
        YamlScalarNode { Value: null or "" } => [],
        _ => throw new FormatException($"'{field}' must be a list"),
    };

    public static string? Text(this YamlMappingNode map, string field) => map.Get(field) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw new FormatException($"'{field}' must be a plain value"),
    };

    public static string Required(this YamlMappingNode map, string field) =>
        map.Text(field) is { Length: > 0 } text ? text : throw new FormatException($"'{field}' is missing");

    public static int? Integer(this YamlMappingNode map, string field)
    {
        if (map.Text(field) is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"'{field}' must be a whole number, not '{text}'");
    }

    public static TimeSpan? Duration(this YamlMappingNode map, string field)
    {
        if (map.Text(field) is not { Length: > 0 } text)
            return null;
        return GoDuration.TryParse(text, out var value) ? value : throw new FormatException($"'{field}' must be a duration such as 1s, not '{text}'");
    }

    public static IReadOnlyList<string> Strings(this YamlMappingNode map, string field) =>
        [.. map.List(field).Select(n => (n as YamlScalarNode)?.Value ?? throw new FormatException($"'{field}' must hold plain values"))];
}
