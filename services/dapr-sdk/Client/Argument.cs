namespace Dapr;

internal static class Argument
{
    public static void ThrowIfNull(object? value, string name) => ArgumentNullException.ThrowIfNull(value, name);

    public static void ThrowIfNullOrEmpty(string? value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value.Length == 0) throw new ArgumentException("The value cannot be null or empty", name);
    }
}
