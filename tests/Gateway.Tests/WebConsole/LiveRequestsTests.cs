using System.Globalization;
using Gateway.AdminConsole.Live;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.WebConsole;

/// <summary>What the console holds of the topics.</summary>
public sealed class LiveRequestsTests
{
    [Fact]
    public void The_newest_come_first_and_a_second_delivery_is_none()
    {
        var requests = new LiveRequests();
        foreach (var id in new[] { "a", "b", "a", "c" })
            requests.Add(Events.Of(id), 100);
        Assert.Equal(["c", "b", "a"], requests.All().Select(r => r.Event.RequestId));
        Assert.Equal(["b", "c"], requests.After(1).Select(r => r.Event.RequestId));
        Assert.Equal("b", requests.Find("b")!.Event.RequestId);
    }

    [Fact]
    public void However_many_come_what_is_held_is_bounded_in_number()
    {
        var requests = new LiveRequests();
        for (var i = 0; i < LiveRequests.Most + 10; i++)
            requests.Add(Events.Of(i.ToString(CultureInfo.InvariantCulture)), 1);
        Assert.Equal(LiveRequests.Most, requests.All().Count);
        Assert.Null(requests.Find("9"));
        Assert.NotNull(requests.Find("10"));
        // One that has been forgotten may come again.
        requests.Add(Events.Of("0"), 1);
        Assert.Equal("0", requests.All()[0].Event.RequestId);
    }

    [Fact]
    public void However_large_they_are_what_is_held_is_bounded_in_bytes()
    {
        var requests = new LiveRequests();
        for (var i = 0; i < 20; i++)
            requests.Add(Events.Of(i.ToString(CultureInfo.InvariantCulture)), (int)(LiveRequests.MostBytes / 4));
        Assert.Equal(["19", "18", "17", "16"], requests.All().Select(r => r.Event.RequestId));
    }

    [Fact]
    public async Task Whoever_waits_is_told_of_the_next_one()
    {
        var requests = new LiveRequests();
        var news = requests.NewsAsync(0, default);
        Assert.False(news.IsCompleted);
        requests.Add(Events.Of("a"), 1);
        await news;
        Assert.True(requests.NewsAsync(0, default).IsCompleted);
    }

    [Fact]
    public void Notices_are_bounded_and_each_is_there_once()
    {
        var notices = new LiveNotices();
        for (var i = 0; i < LiveNotices.Most + 5; i++)
            notices.Add((i / 2).ToString(CultureInfo.InvariantCulture), new LiveNotice("keys", DateTimeOffset.UnixEpoch, "key_1", "changed"));
        Assert.Equal((LiveNotices.Most + 5 + 1) / 2, notices.All().Count);
        for (var i = 0; i < LiveNotices.Most * 2; i++)
            notices.Add("more" + i.ToString(CultureInfo.InvariantCulture), new LiveNotice("keys", DateTimeOffset.UnixEpoch, "key_1", "changed"));
        Assert.Equal(LiveNotices.Most, notices.All().Count);
    }

    [Theory]
    [InlineData(null, null, null, null, true)]
    [InlineData("KEY_1", null, null, null, true)]
    [InlineData("key_2", null, null, null, false)]
    [InlineData(null, "somebody", null, null, false)]
    [InlineData(null, null, "GPT", "completed", true)]
    [InlineData(null, null, "gpt", "error", false)]
    public void A_filter_asks_for_all_that_it_says(string? key, string? user, string? model, string? outcome, bool passes)
    {
        var filter = new LiveFilter { Key = key, User = user, Model = model, Outcome = outcome };
        Assert.Equal(passes, filter.Passes(Events.Of("a") with { Outcome = RequestOutcome.Completed }));
    }
}
