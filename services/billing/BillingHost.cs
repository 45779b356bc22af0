namespace Gateway.Billing;

public static class BillingHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateSlimBuilder(args).Build();
}
