using System.Collections;
using System.Text.Json;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.Secrets;

/// <summary>secretstores.local.env and secretstores.local.file.</summary>
internal sealed class SecretStores(ResourceSet resources)
{
    /// <exception cref="SidecarFault">Unknown store, or (file store) no such secret.</exception>
    public IReadOnlyDictionary<string, string> Get(string appId, string store, string key)
    {
        var component = Find(appId, store);
        if (component.Type == "secretstores.local.env")
        {
            // An unset variable is an empty secret, not an error.
            var value = IsAllowed(key) ? Environment.GetEnvironmentVariable(component.Metadata.GetValueOrDefault("prefix", "") + key) : null;
            return new Dictionary<string, string> { [key] = value ?? "" };
        }

        return ReadFile(component).TryGetValue(key, out var found)
            ? new Dictionary<string, string> { [key] = found }
            : throw new SidecarFault(500, "ERR_SECRET_GET", $"failed getting secret with key {key} from secret store {store}: secret {key} not found");
    }

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> GetAll(string appId, string store)
    {
        var component = Find(appId, store);
        var all = component.Type == "secretstores.local.env" ? ReadEnvironment(component.Metadata.GetValueOrDefault("prefix", "")) : ReadFile(component);
        return all.ToDictionary(p => p.Key, p => (IReadOnlyDictionary<string, string>)new Dictionary<string, string> { [p.Key] = p.Value });
    }

    private Component Find(string appId, string store) => resources.SecretStore(appId, store)
        ?? throw new SidecarFault(401, "ERR_SECRET_STORE_NOT_FOUND", $"failed finding secret store with key {store}");

    // The sidecar's own tokens are nobody's secrets to read.
    private static bool IsAllowed(string name) =>
        name != "APP_API_TOKEN" && !name.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> ReadEnvironment(string prefix)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (IsAllowed(name) && name.StartsWith(prefix, StringComparison.Ordinal))
                all[name[prefix.Length..]] = (string?)entry.Value ?? "";
        }

        return all;
    }

    private static Dictionary<string, string> ReadFile(Component component)
    {
        var path = component.Metadata.GetValueOrDefault("secretsFile", "");
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            Flatten(json.RootElement, "", component.Metadata.GetValueOrDefault("nestedSeparator", ":"), all);
            return all;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SidecarFault(500, "ERR_SECRET_GET", $"failed getting secrets from secret store {component.Name}: {error.Message}");
        }
    }

    private static void Flatten(JsonElement element, string name, string separator, Dictionary<string, string> all)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                    Flatten(property.Value, name.Length == 0 ? property.Name : name + separator + property.Name, separator, all);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    Flatten(item, $"{name}{separator}{index++}", separator, all);
                break;
            default:
                all[name] = element.ToString();
                break;
        }
    }
}
