namespace Gateway.Local;

internal static class LocalHost
{
    public static Task<int> RunAsync(string[] args) => Task.FromResult(args.Length);
}
