namespace Gateway.AdminConsole.Web;

/// <summary>Addresses with a query.</summary>
internal static class Addresses
{
    /// <summary>What is null or empty is left out.</summary>
    public static string Of(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var (address, next) = (path, '?');
        foreach (var (name, value) in query)
        {
            if (string.IsNullOrEmpty(value))
                continue;
            address += $"{next}{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}";
            next = '&';
        }

        return address;
    }
}
