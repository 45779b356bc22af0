using Gateway.ProviderAdapter;

await ProviderAdapterHost.Build(args).RunAsync();
