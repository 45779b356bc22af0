using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.Durability;

/// <summary>
/// Holds what billing has counted for a key against what the clients saw and what the provider served: an answer that a client saw the end
/// of stands there once, with the provider's numbers, and nothing stands there twice.
/// </summary>
/// <param name="admin">Of the gateway.</param>
/// <param name="upstream">The provider.</param>
/// <param name="before">How many requests it had got before.</param>
internal sealed class Ledger(Admin admin, FakeUpstream upstream, int before = 0)
{
    /// <summary>Twice what the broker may need to bring an event again whose delivery was lost: its processing timeout and a turn of its claims.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    /// <summary>An event that could not be taken for this long is a dead letter, and is replayed as an operator does it.</summary>
    private static readonly TimeSpan Tried = TimeSpan.FromSeconds(45);

    public async Task CheckAsync(IReadOnlyList<Call> calls, string keyId)
    {
        var ended = calls.Where(c => c.KeyId == keyId && c.Ended).ToList();
        Assert.NotEmpty(ended);
        using var limit = new CancellationTokenSource(Limit);
        var waited = Stopwatch.StartNew();
        var events = await admin.EventsAsync(keyId);
        while (ended.Select(c => c.RequestId!).Except(events.Select(IdOf)).ToList() is { Count: > 0 } missing)
        {
            if (limit.IsCancellationRequested)
                Assert.Fail(await SayAsync($"{missing.Count} of {ended.Count} answers that a client saw the end of are not counted", missing, keyId));
            if (waited.Elapsed > Tried)
                await admin.PostAsync("/admin/v1/dead-letters/replay");
            await Task.Delay(100);
            events = await admin.EventsAsync(keyId);
        }

        Assert.Equal(events.Count, events.Select(IdOf).Distinct().Count());
        var served = upstream.Requests.Skip(before).Where(r => r.Received.IsCompleted).Select(Numbered.NumberOf).ToList();
        Assert.Equal(served.Count, served.Distinct().Count());
        Assert.True(events.Count <= calls.Count(c => c.KeyId == keyId), $"{events.Count} events of {calls.Count(c => c.KeyId == keyId)} requests");

        var byId = events.ToDictionary(IdOf);
        foreach (var call in ended)
        {
            var e = byId[call.RequestId!];
            Assert.Equal("completed", e.GetProperty("outcome").GetString());
            Assert.Equal(Numbered.OutputTokens(call.Number), e.GetProperty("usage").GetProperty("output_tokens").GetInt32());
            Assert.Equal(Numbered.Cost(call.Number), AmountOf(e));
            Assert.Contains(call.Number, served);
        }

        // Counted as complete without the client having seen it: the end was on its way. Once, and only what was served.
        var complete = events.Where(e => e.GetProperty("outcome").GetString() == "completed")
            .Select(e => e.GetProperty("usage").GetProperty("output_tokens").GetInt32() - Numbered.FirstTokens).ToList();
        Assert.Equal(complete.Count, complete.Distinct().Count());
        Assert.Empty(complete.Except(served));

        var report = await admin.GetAsync($"/admin/v1/reconciliation?keyId={keyId}");
        Assert.True(report.GetProperty("consistent").GetBoolean(), report.ToString());
        var totals = await TotalsAsync();
        while (totals.GetProperty("requests").GetInt32() != events.Count)
        {
            // Requests whose end no client has seen may still be on their way, and be counted between the two looks.
            if (limit.IsCancellationRequested)
                Assert.Fail(await SayAsync($"{events.Count} events and {totals} in the sums", [], keyId));
            await Task.Delay(100);
            events = await admin.EventsAsync(keyId);
            totals = await TotalsAsync();
        }

        Assert.Equal(events.Count, events.Select(IdOf).Distinct().Count());
        Assert.Equal(events.Sum(AmountOf), decimal.Parse(totals.GetProperty("cost").GetString()!, CultureInfo.InvariantCulture));

        async Task<JsonElement> TotalsAsync() => (await admin.GetAsync($"/admin/v1/keys/{keyId}/usage")).GetProperty("totals");
    }

    /// <summary>With where they may be.</summary>
    private async Task<string> SayAsync(string mistake, List<string> missing, string keyId)
    {
        var letters = (await admin.GetAsync("/admin/v1/dead-letters")).GetProperty("data").EnumerateArray().ToList();
        return $"{mistake}: {string.Join(", ", missing.Take(5))}\n"
            + $"Dead letters: {letters.Count}, of which {letters.Count(l => missing.Any(id => l.GetProperty("body").GetString()!.Contains(id)))} are of these\n"
            + $"Totals: {(await admin.GetAsync($"/admin/v1/keys/{keyId}/usage")).GetProperty("totals")}\n"
            + $"Reconciliation: {await admin.GetAsync($"/admin/v1/reconciliation?keyId={keyId}")}";
    }

    private static string IdOf(JsonElement e) => e.GetProperty("request_id").GetString()!;

    private static decimal AmountOf(JsonElement e) => decimal.Parse(e.GetProperty("cost").GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);
}
