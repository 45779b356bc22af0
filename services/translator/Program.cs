using Gateway.Hosting;
using Gateway.Translator;

return await ServiceStart.RunAsync(args, TranslatorHost.Build);
