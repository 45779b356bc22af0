using Gateway.Billing;
using Gateway.Hosting;

SocketThreads.WorkInline();
await BillingHost.Build(args).RunAsync();
