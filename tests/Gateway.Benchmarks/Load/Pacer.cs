using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Load;

/// <summary>Sends every open stream one event each 10 ms, the streams spread evenly over that time, each event stamped with when it left.</summary>
internal sealed class Pacer
{
    private const int Slots = 10;
    private static readonly long SlotTicks = Stopwatch.Frequency / 1000;

    private readonly ConcurrentQueue<Paced>[] _new = [.. Enumerable.Range(0, Slots).Select(_ => new ConcurrentQueue<Paced>())];
    private readonly List<Paced>[] _streams = [.. Enumerable.Range(0, Slots).Select(_ => new List<Paced>())];
    private int _next;

    public Pacer() => new Thread(Run) { IsBackground = true }.Start();

    /// <summary>Completes when the stream has been sent to its end.</summary>
    public Task RunAsync(Socket socket, ProviderAnswers answers, int events)
    {
        var paced = new Paced(socket, answers, events);
        // The head and the first event leave at once; the rest in step.
        socket.Send(answers.Opening);
        Send(paced);
        _new[(uint)Interlocked.Increment(ref _next) % Slots].Enqueue(paced);
        return paced.Done.Task;
    }

    private static void Send(Paced paced)
    {
        Span<byte> bytes = stackalloc byte[paced.Answers.Delta.Length];
        paced.Answers.Delta.CopyTo(bytes);
        Utf8Formatter.TryFormat(Stopwatch.GetTimestamp(), bytes[paced.Answers.StampAt..], out _, new StandardFormat('D', ProviderAnswers.StampDigits));
        paced.Socket.Send(bytes);
        paced.Left--;
    }

    private void Run()
    {
        var due = Stopwatch.GetTimestamp();
        for (var slot = 0; ; slot = (slot + 1) % Slots)
        {
            due += SlotTicks;
            while (Stopwatch.GetTimestamp() < due)
                Thread.Sleep(1);
            var streams = _streams[slot];
            while (_new[slot].TryDequeue(out var begun))
                streams.Add(begun);
            for (var i = streams.Count - 1; i >= 0; i--)
            {
                if (Step(streams[i]))
                    continue;
                streams[i] = streams[^1];
                streams.RemoveAt(streams.Count - 1);
            }
        }
    }

    private static bool Step(Paced paced)
    {
        try
        {
            if (paced.Left > 0)
            {
                Send(paced);
                return true;
            }

            paced.Socket.Send(paced.Answers.Closing);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client left.
        }

        paced.Done.TrySetResult();
        return false;
    }

    private sealed class Paced(Socket socket, ProviderAnswers answers, int events)
    {
        public Socket Socket => socket;

        public ProviderAnswers Answers => answers;

        public int Left { get; set; } = events;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
