using System.Numerics;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>An amount of everything an account limits: what a request needs, what a lease holds, what is given back.</summary>
public readonly record struct Allowance
{
    public long Requests { get; init; }

    /// <summary>Calls that count tokens without using any.</summary>
    public long TokenCounts { get; init; }

    /// <summary>Input as Anthropic's rate limits count it: uncached input and cache writes, not cache reads (rule F32).</summary>
    public long InputTokens { get; init; }
    public long OutputTokens { get; init; }

    /// <summary>In the currency of the account's budget. A string on the wire: a sidecar reads JSON numbers as doubles.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Money { get; init; }

    /// <summary>Requests that run at the same time.</summary>
    public int Slots { get; init; }

    /// <summary>The amount of a rate.</summary>
    public long this[QuotaDimension rate] => rate switch
    {
        QuotaDimension.Requests => Requests,
        QuotaDimension.TokenCounts => TokenCounts,
        QuotaDimension.InputTokens => InputTokens,
        QuotaDimension.OutputTokens => OutputTokens,
        _ => throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate."),
    };

    public static Allowance operator +(in Allowance left, in Allowance right) => Each(left, right, default(Sum));

    public static Allowance operator -(in Allowance left, in Allowance right) => Each(left, right, default(Difference));

    public static Allowance operator *(int times, in Allowance amount) => Each(amount, amount, new Multiple(times));

    public static Allowance Min(in Allowance left, in Allowance right) => Each(left, right, default(Smaller));

    public static Allowance Max(in Allowance left, in Allowance right) => Each(left, right, default(Larger));

    /// <summary>So much of each rate, and nothing else.</summary>
    public static Allowance Of(Func<QuotaDimension, long> rate) => new()
    {
        Requests = rate(QuotaDimension.Requests),
        TokenCounts = rate(QuotaDimension.TokenCounts),
        InputTokens = rate(QuotaDimension.InputTokens),
        OutputTokens = rate(QuotaDimension.OutputTokens),
    };

    /// <summary>What of it there is a limit for; the rest is 0.</summary>
    /// <param name="limits">0 where there is none.</param>
    public Allowance Limited(in Allowance limits) => Each(this, limits, default(WhereLimited));

    /// <summary>Whether it is at least the need, in everything.</summary>
    public bool Covers(in Allowance need) => Min(this, need) == need;

    /// <summary>The one place that goes over all amounts. The operation is a value type, so that each is compiled to code of its own.</summary>
    private static Allowance Each<TOperation>(in Allowance left, in Allowance right, TOperation operation)
        where TOperation : struct, IOperation => new()
        {
            Requests = operation.Of(left.Requests, right.Requests),
            TokenCounts = operation.Of(left.TokenCounts, right.TokenCounts),
            InputTokens = operation.Of(left.InputTokens, right.InputTokens),
            OutputTokens = operation.Of(left.OutputTokens, right.OutputTokens),
            Money = operation.Of(left.Money, right.Money),
            Slots = operation.Of(left.Slots, right.Slots),
        };

    private interface IOperation
    {
        T Of<T>(T left, T right)
            where T : INumber<T>;
    }

    private readonly struct Sum : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => left + right;
    }

    private readonly struct Difference : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => left - right;
    }

    private readonly struct Multiple(int times) : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => left * T.CreateChecked(times);
    }

    private readonly struct Smaller : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => T.Min(left, right);
    }

    private readonly struct Larger : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => T.Max(left, right);
    }

    private readonly struct WhereLimited : IOperation
    {
        public T Of<T>(T left, T right)
            where T : INumber<T> => T.IsZero(right) ? T.Zero : left;
    }
}
