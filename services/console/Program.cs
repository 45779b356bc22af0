using Gateway.AdminConsole;
using Gateway.Hosting;

return await ServiceStart.RunAsync(args, ConsoleHost.Build);
