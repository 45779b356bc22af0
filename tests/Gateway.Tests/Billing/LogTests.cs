using System.Collections.Concurrent;
using System.Text;
using Gateway.Contracts.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Billing;

public class LogTests
{
    [Fact]
    public async Task No_log_line_carries_a_key_or_a_body()
    {
        // Everything to the test's own provider, nothing to the console.
        await using var rig = new BillingRig { Settings = ["--Logging:LogLevel:Default=Trace", "--Logging:Console:LogLevel:Default=None"] };
        await rig.StartAsync();
        using var log = new CapturedLog();
        rig.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        var key = await rig.CreateKeyAsync("""{"name":"name-in-a-body"}""");
        var rotated = (await rig.SendAsync(HttpMethod.Post, $"/admin/v1/keys/{key["id"]}/rotate")).Body;
        await rig.PublishAsync(Encoding.UTF8.GetBytes("""{"request_id":"secret-in-a-body"}"""));
        await rig.PublishAsync(
            UsageJson.Write(BillingRig.Event("r", (string)key["id"]!) with { Metadata = new Dictionary<string, string> { ["m"] = "secret-in-metadata" } }));
        await BillingRig.UntilAsync(
            async () => (await rig.GetAsync("/admin/v1/dead-letters")).Body.ToJsonString().Contains("secret-in-a-body", StringComparison.Ordinal));
        await BillingRig.UntilAsync(async () => (await rig.Account((string)key["id"]!).GetBalanceAsync()).Events == 1);

        Assert.Contains(log.Lines, l => l.Contains("dead letter", StringComparison.Ordinal));
        foreach (var secret in new[]
                 {
                     (string)key["key"]!, (string)rotated["key"]!, BillingRig.AdminKey, BillingRig.ApiKey, "name-in-a-body", "secret-in-a-body",
                     "secret-in-metadata",
                 })
            Assert.DoesNotContain(log.Lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
