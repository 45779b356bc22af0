namespace Gateway.ContainerTests;

/// <summary>Resources of the repository, for the Redis that a test has.</summary>
internal static class ResourceFolder
{
    private const string Host = "value: localhost:6379";
    private const string NoPassword = "- name: redisPassword\n      value: \"\"";

    /// <summary>A copy of the folder in which Redis is at this address.</summary>
    /// <returns>Its path.</returns>
    public static string Copy(string folder, string target, Uri redis)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(folder, "*.yaml"))
        {
            var text = File.ReadAllText(file).Replace(Host, $"value: {redis.Authority.Split('@')[^1]}", StringComparison.Ordinal);
            if (redis.UserInfo.Split(':') is [_, { Length: > 0 } password])
                text = text.Replace(NoPassword, $"- name: redisPassword\n      value: \"{Uri.UnescapeDataString(password)}\"", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(target, Path.GetFileName(file)), text);
        }

        return target;
    }
}
