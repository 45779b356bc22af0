using Gateway.Contracts.Hosting;
using Gateway.ProviderAdapter;

SocketThreads.WorkInline();
await ProviderAdapterHost.Build(args).RunAsync();
