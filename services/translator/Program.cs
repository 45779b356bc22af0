using Gateway.Hosting;
using Gateway.Translator;

SocketThreads.WorkInline();
await TranslatorHost.Build(args).RunAsync();
