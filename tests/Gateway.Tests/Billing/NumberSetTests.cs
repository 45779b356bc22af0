using Gateway.Billing.Accounts;

namespace Gateway.Tests.Billing;

public class NumberSetTests
{
    [Theory]
    [InlineData(new long[] { 1, 2, 3 }, new long[] { 1, 3 })]
    [InlineData(new long[] { 3, 2, 1 }, new long[] { 1, 3 })]
    [InlineData(new long[] { 1, 3, 5 }, new long[] { 1, 1, 3, 3, 5, 5 })]
    [InlineData(new long[] { 1, 3, 2 }, new long[] { 1, 3 })]
    [InlineData(new long[] { 10, 4, 9, 5 }, new long[] { 4, 5, 9, 10 })]
    [InlineData(new long[] { long.MaxValue, 1 }, new long[] { 1, 1, long.MaxValue, long.MaxValue })]
    public void Numbers_that_touch_are_one_range(long[] numbers, long[] bounds)
    {
        var set = new NumberSet([]);
        foreach (var number in numbers)
            Assert.True(set.Add(number));
        Assert.Equal(bounds, set.Bounds);
    }

    [Fact]
    public void The_first_of_all_numbers_is_told_from_what_comes_after_the_last()
    {
        var set = new NumberSet([]);
        Assert.True(set.Add(long.MaxValue));
        Assert.True(set.Add(1));
        Assert.False(set.Add(long.MaxValue));
        Assert.False(set.Add(1));
    }

    [Fact]
    public void Whatever_the_order_each_number_is_taken_once()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var set = new NumberSet([]);
            var known = new HashSet<long>();
            for (var i = 0; i < 400; i++)
            {
                var number = random.Next(1, 200);
                Assert.Equal(known.Add(number), set.Add(number));
                // As it is stored and read again.
                set = new NumberSet([.. set.Bounds]);
            }

            var inRanges = new List<long>();
            for (var i = 0; i < set.Bounds.Count; i += 2)
            {
                Assert.True(i == 0 || set.Bounds[i] > set.Bounds[i - 1] + 1);
                for (var n = set.Bounds[i]; n <= set.Bounds[i + 1]; n++)
                    inRanges.Add(n);
            }

            Assert.Equal(known.Order(), inRanges);
        }
    }
}
