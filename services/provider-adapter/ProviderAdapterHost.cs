namespace Gateway.ProviderAdapter;

public static class ProviderAdapterHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateSlimBuilder(args).Build();
}
