using Gateway.Hosting;
using Gateway.Tests.ProviderAdapter;

namespace Gateway.Tests.Hosting;

/// <summary>What is remembered of models holds for its time, and never grows with the names that clients think of.</summary>
public class ExpiringMapTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ShiftedTime _time = new();

    [Fact]
    public void An_entry_holds_for_its_lifetime()
    {
        var map = new ExpiringMap<string, int>(_time);

        map.Set("a", 1, Hour);
        _time.Advance(Hour - TimeSpan.FromMinutes(1));

        Assert.True(map.TryGet("a", out var value));
        Assert.Equal(1, value);
        Assert.InRange(map.LeftOf("a"), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(map.TryGet("a", out _));
        Assert.Equal(TimeSpan.Zero, map.LeftOf("a"));
    }

    [Fact]
    public void What_is_extended_is_made_once_and_holds_from_then_on()
    {
        var map = new ExpiringMap<string, object>(_time);
        var made = new object();
        map.Extend("a", () => made, Hour);
        _time.Advance(Hour / 2);

        Assert.Same(made, map.Extend("a", () => new object(), Hour));

        _time.Advance(Hour * 0.75);
        Assert.True(map.TryGet("a", out _));
        _time.Advance(Hour);
        Assert.NotSame(made, map.Extend("a", () => new object(), Hour));
    }

    [Fact]
    public void A_full_map_gives_up_what_has_expired_and_keeps_the_rest()
    {
        var map = new ExpiringMap<int, int>(_time, capacity: 100);
        for (var i = 0; i < 60; i++)
            map.Set(i, i, TimeSpan.FromMinutes(1));
        for (var i = 60; i < 100; i++)
            map.Set(i, i, Hour);
        _time.Advance(TimeSpan.FromMinutes(2));

        map.Set(100, 100, Hour);

        Assert.Equal(41, map.Count);
        Assert.All(Enumerable.Range(60, 41), i => Assert.True(map.TryGet(i, out _)));
    }

    [Fact]
    public void A_full_map_takes_what_is_new_for_what_would_end_first()
    {
        var map = new ExpiringMap<int, int>(_time, capacity: 100);
        for (var i = 0; i < 10_000; i++)
            map.Set(i, i, Hour + TimeSpan.FromSeconds(i));

        Assert.InRange(map.Count, 80, 100);
        Assert.True(map.TryGet(9_999, out _));
        Assert.False(map.TryGet(0, out _));
        map.Set(9_999, -1, Hour);
        Assert.True(map.TryGet(9_999, out var changed));
        Assert.Equal(-1, changed);
    }
}
