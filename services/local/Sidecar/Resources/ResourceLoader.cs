using Gateway.Local.Sidecar.PubSub;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gateway.Local.Sidecar.Resources;

/// <summary>Reads the components folder. What Dapr would refuse or this runtime does not know is an error that names the file.</summary>
internal sealed class ResourceLoader
{
    private static readonly HashSet<string> KnownTypes = new(StringComparer.Ordinal)
    {
        "state.sqlite", "state.in-memory", "state.redis", "state.postgresql",
        "pubsub.redis", "pubsub.in-memory",
        "secretstores.local.env", "secretstores.local.file",
    };

    private readonly List<Component> _components = [];
    private readonly List<DeclaredSubscription> _subscriptions = [];
    private readonly List<InboundPolicy> _inbound = [];
    private bool _tracing;

    /// <param name="directory">The components folder.</param>
    /// <param name="tracing">Whether a Configuration's tracing counts.</param>
    /// <exception cref="SidecarStartException">A file is broken, or names something unknown.</exception>
    public static ResourceSet Load(string directory, bool tracing = true)
    {
        if (!Directory.Exists(directory))
            throw new SidecarStartException($"components folder '{directory}' does not exist");
        var loader = new ResourceLoader();
        var files = Directory.EnumerateFiles(directory).Where(
            f => f.EndsWith(".yaml", StringComparison.Ordinal) || f.EndsWith(".yml", StringComparison.Ordinal));
        foreach (var file in files.Order(StringComparer.Ordinal))
            loader.ReadFile(file);
        return new ResourceSet(loader._components, loader._subscriptions, loader._inbound, tracing && loader._tracing);
    }

    private void ReadFile(string file)
    {
        try
        {
            using var text = File.OpenText(file);
            var yaml = new YamlStream();
            yaml.Load(text);
            foreach (var document in yaml.Documents)
            {
                if (document.RootNode is not YamlMappingNode root)
                    throw new FormatException("a resource must be a mapping");
                ReadResource(root, Path.GetDirectoryName(file)!);
            }
        }
        catch (YamlException error)
        {
            throw new SidecarStartException($"{file}: not readable as YAML (line {error.Start.Line}): {error.InnerException?.Message ?? error.Message}", error);
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SidecarStartException($"{file}: {error.Message}", error);
        }
    }

    private void ReadResource(YamlMappingNode root, string directory)
    {
        var kind = root.Required("kind");
        root.Required("apiVersion");
        var name = (root.Map("metadata") ?? throw new FormatException("'metadata' is missing")).Required("name");
        var spec = root.Map("spec") ?? throw new FormatException("'spec' is missing");
        var scopes = root.Strings("scopes");
        switch (kind)
        {
            case "Component":
                ReadComponent(name, spec, scopes, directory);
                break;
            case "Subscription":
                _subscriptions.Add(new DeclaredSubscription(ReadSubscription(spec), scopes));
                break;
            case "Resiliency":
                ReadResiliency(spec, scopes);
                break;
            case "Configuration":
                _tracing |= spec.Map("tracing")?.Text("samplingRate") is { Length: > 0 } and not "0";
                break;
            default:
                throw new FormatException($"kind '{kind}' is not known; known are Component, Subscription, Resiliency, Configuration");
        }
    }

    private void ReadComponent(string name, YamlMappingNode spec, IReadOnlyList<string> scopes, string directory)
    {
        var type = spec.Required("type");
        if (!KnownTypes.Contains(type))
            throw new FormatException(
                $"component '{name}': type '{type}' is not known; known are {string.Join(", ", KnownTypes.Order(StringComparer.Ordinal))}");
        if (_components.Any(c => c.Name == name))
            throw new FormatException($"component '{name}' is defined twice");
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in spec.List("metadata"))
        {
            if (node is not YamlMappingNode item)
                throw new FormatException($"component '{name}': 'metadata' must hold name and value");
            // A secretKeyRef has no value here: what it protects is a connection string, and this runtime connects to nothing.
            metadata[item.Required("name")] = item.Text("value") ?? "";
        }

        if (type == "secretstores.local.file" && metadata.GetValueOrDefault("secretsFile") is { Length: > 0 } file && !Path.IsPathRooted(file)
            && !File.Exists(file))
            metadata["secretsFile"] = Path.Combine(directory, file);
        _components.Add(new Component(name, type, spec.Text("version") ?? "v1", metadata, scopes));
    }

    private static TopicSubscription ReadSubscription(YamlMappingNode spec)
    {
        var rules = new List<RouteRule>();
        string? fallback = spec.Text("route");
        if (spec.Map("routes") is { } routes)
        {
            fallback = routes.Text("default");
            foreach (var rule in routes.List("rules").OfType<YamlMappingNode>())
                rules.Add(RouteRule.Parse(rule.Required("match"), rule.Required("path")));
        }

        var raw = string.Equals(spec.Map("metadata")?.Text("rawPayload"), "true", StringComparison.OrdinalIgnoreCase);
        var bulk = spec.Map("bulkSubscribe");
        return new TopicSubscription(
            spec.Required("pubsubname"), spec.Required("topic"), rules, fallback ?? (rules.Count > 0 ? "" : throw new FormatException("'route' is missing")),
            spec.Text("deadLetterTopic"), raw, Declarative: true)
            .InBulk(bulk?.Text("enabled") == "true", bulk?.Integer("maxMessagesCount"), bulk?.Integer("maxAwaitDurationMs"));
    }

    private void ReadResiliency(YamlMappingNode spec, IReadOnlyList<string> scopes)
    {
        var policies = new Dictionary<string, RetryPolicy>(StringComparer.Ordinal);
        var retries = spec.Map("policies")?.Map("retries");
        foreach (var (name, node) in Entries(retries))
        {
            policies[name] = node is YamlMappingNode policy ? ReadRetry(name, policy) : throw new FormatException($"retry policy '{name}' must be a mapping");
        }

        // Paid generations must never be replayed, so there are no policies for apps and actors in this runtime, and none that is silently without effect.
        foreach (var unsupported in new[] { "apps", "actors" })
        {
            if (spec.Map("targets")?.Map(unsupported) is { Children.Count: > 0 })
                throw new FormatException($"'targets.{unsupported}' is not supported here; only targets.components.<pubsub>.inbound.retry is");
        }

        foreach (var (component, node) in Entries(spec.Map("targets")?.Map("components")))
        {
            if ((node as YamlMappingNode)?.Map("inbound")?.Text("retry") is not { } policy)
                continue;
            _inbound.Add(
                new InboundPolicy(
                    component, policies.GetValueOrDefault(policy) ?? throw new FormatException($"retry policy '{policy}' is not defined"), scopes));
        }
    }

    private static IEnumerable<(string Name, YamlNode Node)> Entries(YamlMappingNode? map) =>
        map?.Children.Select(pair => ((pair.Key as YamlScalarNode)?.Value ?? throw new FormatException("a name must be a plain value"), pair.Value)) ?? [];

    private static RetryPolicy ReadRetry(string name, YamlMappingNode policy) => new(
        policy.Text("policy") switch
        {
            null or "constant" => false,
            "exponential" => true,
            var other => throw new FormatException($"retry policy '{name}': 'policy' must be constant or exponential, not '{other}'"),
        },
        policy.Duration("duration") ?? TimeSpan.FromSeconds(5),
        policy.Duration("maxInterval") ?? TimeSpan.FromSeconds(60),
        policy.Integer("maxRetries") ?? -1);
}
