using Gateway.Hosting;
using Gateway.Ingress;

return await ServiceStart.RunAsync(args, IngressHost.Build);
