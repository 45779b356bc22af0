using System.Globalization;
using Gateway.Local.Sidecar;

// The sidecars alone, for tests that run every service as a process of its own and kill one at a time:
//   SidecarProcess DATA COMPONENTS {APP-ID=APP-PORT,HTTP-PORT,GRPC-PORT}...
// Writes "listening" when the services may start, and "attached" when it has found them all.
var apps = args.Skip(2).Select(a => a.Split('=')).ToDictionary(
    a => a[0],
    a => a[1].Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray());
using var logs = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
var options = new SidecarOptions(args[0], args[1], Ports: apps.ToDictionary(a => a.Key, a => (a.Value[1], a.Value[2])));
await using var sidecars = await SidecarRuntime.StartAsync(options, [.. apps.Keys], TimeProvider.System, logs, CancellationToken.None);
Console.WriteLine("listening");
foreach (var (app, ports) in apps)
{
    for (var attached = false; !attached;)
    {
        try
        {
            await sidecars.AttachAsync(app, new Uri($"http://127.0.0.1:{ports[0]}"), CancellationToken.None);
            attached = true;
        }
        catch (SidecarStartException)
        {
            await Task.Delay(50);
        }
    }
}

Console.WriteLine("attached");
await Task.Delay(Timeout.Infinite);
