using Gateway.Ingress;

await IngressHost.Build(args).RunAsync();
