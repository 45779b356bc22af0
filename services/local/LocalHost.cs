using System.Runtime.InteropServices;
using Gateway.Hosting;

namespace Gateway.Local;

/// <summary>The command: starts the gateway, says how to use it, and stops it in order on Ctrl-C.</summary>
internal static class LocalHost
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(9);

    public static async Task<int> RunAsync(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        LocalGateway gateway;
        try
        {
            var options = LocalOptions.Parse(args);
            if (options.Help)
            {
                Console.WriteLine(LocalOptions.Usage);
                return 0;
            }

            gateway = await LocalGateway.StartAsync(options, stop.Token);
        }
        catch (Exception e) when (ServiceStart.Reason(e) is { } reason)
        {
            await ServiceStart.ReportAsync(reason);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }

        await using (gateway)
        {
            Greeting.Write(Console.Out, gateway);
            await WaitAsync(stop.Token);
            Console.WriteLine("Stopping: running answers may finish.");
            using var limit = new CancellationTokenSource(StopLimit);
            await gateway.StopAsync(limit.Token);
            return 0;
        }

        void OnSignal(PosixSignalContext context)
        {
            // The second Ctrl-C ends the process at once.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static async Task WaitAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
    }
}
