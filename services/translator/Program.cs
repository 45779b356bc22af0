using Gateway.Contracts.Hosting;
using Gateway.Translator;

SocketThreads.WorkInline();
await TranslatorHost.Build(args).RunAsync();
