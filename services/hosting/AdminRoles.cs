using System.Text.Json;
using Gateway.Contracts.Accounts;

namespace Gateway.Hosting;

/// <summary>Roles by the names they have in JSON.</summary>
public static class AdminRoles
{
    public static string Name(AdminRole role) => JsonSerializer.SerializeToElement(role).GetString()!;
}
