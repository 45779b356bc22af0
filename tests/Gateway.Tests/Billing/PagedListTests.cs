using Gateway.Billing;

namespace Gateway.Tests.Billing;

public class PagedListTests
{
    [Fact]
    public async Task A_hundred_thousand_entries_are_listed_in_pages_without_reading_all_of_them()
    {
        const int Count = 100_000;
        var state = new MemoryState();
        var list = new PagedList(state, "keys");
        for (var i = 1; i <= Count; i++)
            Assert.Equal(i, await list.AppendAsync("key_" + i));

        state.Read.Clear();
        Assert.Equal(["key_99151", "key_99152"], (await list.ReadAsync(99_150, 2)));
        Assert.Equal(2, state.Read.Distinct().Count());

        var seen = 0;
        for (long after = 0; after < Count;)
        {
            foreach (var id in await list.ReadAsync(after, 333))
            {
                Assert.Equal("key_" + ++seen, id);
                after++;
            }
        }

        Assert.Equal(Count, seen);
        Assert.Empty(await list.ReadAsync(Count, 10));
    }
}
