using Gateway.Hosting;
using Gateway.Local;

SocketThreads.WorkInline();
return await LocalHost.RunAsync(args);
