using System.Globalization;
using Gateway.Local.Sidecar;

namespace Gateway.Tests.SidecarProcess;

/// <summary>The sidecars of all services in one process.</summary>
internal static class AllSidecars
{
    public static async Task<int> RunAsync(string data, string components, IReadOnlyList<string> args)
    {
        var apps = args.Select(a => a.Split('=')).ToDictionary(
            a => a[0],
            a => a[1].Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray());
        var ports = apps.ToDictionary(a => a.Key, a => (a.Value[1], a.Value[2]));
        await using var sidecars = await StartAsync(data, components, ports);
        await AttachAsync(sidecars, apps.ToDictionary(a => a.Key, a => a.Value[0]));
        await sidecars.Panicked;
        // As a daprd would: with what it had in hand still in the store.
        Environment.Exit(2);
        return 2;
    }

    /// <summary>Writes "listening" when the services may start.</summary>
    public static async Task<SidecarRuntime> StartAsync(string data, string components, IReadOnlyDictionary<string, (int Http, int Grpc)> ports)
    {
        var logs = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        var options = new SidecarOptions(data, components, Ports: ports);
        var sidecars = await SidecarRuntime.StartAsync(options, [.. ports.Keys], TimeProvider.System, logs, CancellationToken.None);
        Console.WriteLine("listening");
        return sidecars;
    }

    /// <summary>Writes "attached" when it has found all services.</summary>
    public static async Task AttachAsync(SidecarRuntime sidecars, IReadOnlyDictionary<string, int> apps)
    {
        foreach (var (app, port) in apps)
        {
            for (var attached = false; !attached;)
            {
                try
                {
                    await sidecars.AttachAsync(app, new Uri($"http://127.0.0.1:{port}"), CancellationToken.None);
                    attached = true;
                }
                catch (SidecarStartException)
                {
                    await Task.Delay(50);
                }
            }
        }

        Console.WriteLine("attached");
    }
}
