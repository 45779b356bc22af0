using Gateway.Local;

return await LocalHost.RunAsync(args);
