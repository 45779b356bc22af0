using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Quota;

namespace Gateway.Tests.Ingress;

/// <summary>
/// Keys of two teams that wait for their limits, at two instances of ingress; requests end, clients leave, time goes by. Made from numbers, so that a failing
/// run shrinks.
/// </summary>
public class QueueProperties
{
    private const int Patience = 20;

    [Fact]
    public void Whoever_waits_no_account_is_over_its_limit_and_everybody_is_admitted_or_refused_in_time()
    {
        var worlds = Arb.From(
            Gen.Choose(0, 1_000).ArrayOf(8).SelectMany(shape => Gen.Choose(0, 100_000).ArrayOf(40).Select(script => (Shape: shape, Script: script))),
            world => ArbMap.Default.ArbFor<int[]>().Shrinker(world.Script).Where(s => s.All(n => n >= 0)).Select(script => (world.Shape, Script: script)));
        Prop.ForAll(worlds, world =>
        {
            using var run = new Run(world.Shape);
            var broken = run.RunAsync(world.Script).WaitAsync(TimeSpan.FromSeconds(40)).GetAwaiter().GetResult();
            return (broken is null).Label(broken ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    private sealed class Run : IDisposable
    {
        private static readonly string[] Accounts = ["a", "b", "c", "team:0", "team:1"];
        private static readonly TokenUsage Nothing = new() { InputTokens = 0, OutputTokens = 0 };
        private readonly Dictionary<string, AccountSettings> _settings = [];
        private readonly Dictionary<string, int> _admitted = [];
        private readonly List<Asked> _asked = [];
        private readonly List<(KeyRecord Key, Admission Admission)> _running = [];
        private readonly QueueWorld _world;
        private readonly KeyRecord[] _keys;
        private readonly DateTimeOffset _start;

        public Run(int[] shape)
        {
            for (var i = 0; i < Accounts.Length; i++)
            {
                // Every second one may limit both; a key that nothing limits is never asked for.
                var n = shape[i];
                _settings[Accounts[i]] = new()
                {
                    Limits = new KeyLimits { ConcurrentRequests = n % 3 == 0 ? null : 1 + (n % 4), RequestsPerMinute = n % 2 == 0 ? null : 6 + (n % 30) },
                };
            }

            _world = new QueueWorld(_settings, instances: 2);
            _start = _world.Time.GetUtcNow();
            _keys = [QueueWorld.Key("a", Patience, "team:0"), QueueWorld.Key("b", Patience, "team:0"), QueueWorld.Key("c", Patience, "team:1")];
        }

        /// <summary>Null, or what does not hold.</summary>
        public async Task<string?> RunAsync(int[] script)
        {
            foreach (var step in script)
            {
                await DoAsync(step % 10, step / 10);
                if (await BrokenAsync() is { } broken)
                    return broken;
            }

            return await EndAsync();
        }

        public void Dispose() => _world.Dispose();

        private async Task DoAsync(int what, int size)
        {
            switch (what)
            {
                case < 5:
                    var (key, instance) = (_keys[size % 3], size / 3 % 2);
                    var client = new CancellationTokenSource();
                    var asked = _world.Ask(key, instance, client.Token);
                    // Mostly it is admitted, or waits, by then.
                    await Task.WhenAny(asked, Task.Delay(2));
                    _asked.Add(new Asked(key, asked, client));
                    break;
                case 5 or 6 when _running.Count > 0:
                    Finish(size % _running.Count);
                    break;
                case 7 when _asked.Count > 0:
                    await _asked[size % _asked.Count].Client.CancelAsync();
                    break;
                default:
                    await _world.AdvanceAsync(TimeSpan.FromMilliseconds(size % 4000));
                    break;
            }
        }

        private void Finish(int which)
        {
            _running[which].Admission.Finish(Nothing, null);
            _running.RemoveAt(which);
        }

        private async Task<string?> BrokenAsync()
        {
            await TakeOverAsync();
            foreach (var (id, settings) in _settings)
            {
                var running = _running.Count(r => r.Key.Accounts!.Contains(id));
                if (running > settings.Limits!.ConcurrentRequests)
                    return $"{id}: {running} run, {settings.Limits.ConcurrentRequests} may";
                var most = settings.Limits.RequestsPerMinute * (1 + (_world.Time.GetUtcNow() - _start).TotalMinutes);
                if (_admitted.GetValueOrDefault(id) > most)
                    return $"{id}: {_admitted[id]} admitted, {most} may have been";
            }

            return null;
        }

        /// <summary>Those that are admitted run; those that are not are gone.</summary>
        private async Task TakeOverAsync()
        {
            foreach (var asked in _asked.FindAll(a => a.Admission.IsCompleted))
            {
                _asked.Remove(asked);
                asked.Client.Dispose();
                try
                {
                    _running.Add((asked.Key, await asked.Admission));
                    foreach (var id in asked.Key.Accounts!)
                        _admitted[id] = _admitted.GetValueOrDefault(id) + 1;
                }
                catch (Exception e) when (e is GatewayException or OperationCanceledException)
                {
                    // It has waited for as long as it may, would have to wait for longer, or its client left.
                }
            }
        }

        /// <summary>Everybody is admitted or refused when their patience is over, and when all is over nothing is held.</summary>
        private async Task<string?> EndAsync()
        {
            for (var second = 0; second <= Patience + 1; second++)
            {
                if (await BrokenAsync() is { } broken)
                    return broken;
                while (_running.Count > 0)
                    Finish(0);
                await _world.AdvanceAsync(TimeSpan.FromSeconds(1));
            }

            await QueueWorld.UntilAsync(() => _asked.TrueForAll(a => a.Admission.IsCompleted));
            await TakeOverAsync();
            while (_running.Count > 0)
                Finish(0);
            if (_world.Waiting != 0)
                return $"{_world.Waiting} wait when all is over";
            await _world.AdvanceAsync(TimeSpan.FromSeconds(12));
            return _settings.Keys.Where(id => _world.Accounts.Of(id).Status.SlotsHeld != 0).Select(id => $"{id} holds slots when all is over").FirstOrDefault();
        }

        private sealed record Asked(KeyRecord Key, Task<Admission> Admission, CancellationTokenSource Client);
    }
}
