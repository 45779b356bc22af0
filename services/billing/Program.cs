using Gateway.Billing;
using Gateway.Contracts.Hosting;

SocketThreads.WorkInline();
await BillingHost.Build(args).RunAsync();
