using Gateway.Translator;

await TranslatorHost.Build(args).RunAsync();
