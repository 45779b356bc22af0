namespace Gateway.ContainerTests;

/// <summary>What was built beside these tests.</summary>
internal static class Builds
{
    // .../.artifacts/bin/Gateway.ContainerTests/<configuration>/
    private static readonly string Configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Root { get; } = FindRoot();

    public static string Assembly(string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", name, Configuration, name + ".dll"));

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Gateway.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the repository");
        return directory;
    }
}
