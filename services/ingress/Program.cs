using Gateway.Contracts.Hosting;
using Gateway.Ingress;

SocketThreads.WorkInline();
await IngressHost.Build(args).RunAsync();
