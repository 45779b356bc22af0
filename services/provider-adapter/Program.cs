using Gateway.Hosting;
using Gateway.ProviderAdapter;

SocketThreads.WorkInline();
await ProviderAdapterHost.Build(args).RunAsync();
