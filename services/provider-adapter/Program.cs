using Gateway.Hosting;
using Gateway.ProviderAdapter;

return await ServiceStart.RunAsync(args, ProviderAdapterHost.Build);
