using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Hosting;

namespace Gateway.Ingress.Managed;

/// <summary>
/// Files that several processes of one folder may write: each whole, by taking the place of the one before, so that none is ever read half.
/// </summary>
internal sealed class SettingsFile(string directory)
{
    private const string Name = "managed-settings.json";
    private const string CallersName = "managed-settings-callers.json";

    public StoredSettings? Read() => Read(Name, ManagedJson.Default.StoredSettings);

    public void Write(StoredSettings settings) => Write(Name, settings, ManagedJson.Default.StoredSettings);

    public StoredCallers? ReadCallers() => Read(CallersName, ManagedJson.Default.StoredCallers);

    public void Write(StoredCallers callers) => Write(CallersName, callers, ManagedJson.Default.StoredCallers);

    private T? Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        var path = Path.Combine(directory, name);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
    }

    private void Write<T>(string name, T value, JsonTypeInfo<T> type)
    {
        PrivateFiles.CreateDirectory(directory);
        var path = Path.Combine(directory, name);
        var draft = $"{path}.{Guid.NewGuid():n}";
        try
        {
            using (var file = PrivateFiles.Open(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                JsonSerializer.Serialize(file, value, type);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }
}
