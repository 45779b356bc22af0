namespace Gateway.Ingress;

public static class IngressHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateSlimBuilder(args).Build();
}
