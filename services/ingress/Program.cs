using Gateway.Hosting;
using Gateway.Ingress;

SocketThreads.WorkInline();
await IngressHost.Build(args).RunAsync();
