using Gateway.Samples;

await SubscriberHost.Build(args).RunAsync();
