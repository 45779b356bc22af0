using System.Collections.Concurrent;
using System.Reflection;

namespace Gateway.Local.Transport;

/// <summary>Bodies that are there to be read. All others only know how to write themselves, and would be gathered whole before the first byte could be read.</summary>
internal static class ReadableContent
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    public static bool Includes(HttpContent content) => content is ReadOnlyMemoryContent || Known.GetOrAdd(content.GetType(), static type => Reads(type));

    private static bool Reads(Type type) =>
        type.GetMethod("CreateContentReadStream", BindingFlags.Instance | BindingFlags.NonPublic, [typeof(CancellationToken)])?.DeclaringType != typeof(HttpContent);
}
