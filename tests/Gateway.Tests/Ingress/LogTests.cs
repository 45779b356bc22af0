using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Ingress;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;
using Microsoft.Extensions.Logging;
using Log = Gateway.Ingress.Log;

namespace Gateway.Tests.Ingress;

/// <summary>What the log says of a provider's failure: enough to find it, nothing of what a client sent, and nothing that acts on who reads it.</summary>
public sealed class LogTests
{
    private const string Text = "The prompt 'my secret plan' is too long\n00:00:00.000 crit: forged \u001b[31m";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_providers_text_is_logged_only_if_a_setting_asks(bool asked)
    {
        var lines = new Lines();
        var entry = new RouteEntry { Provider = "p", Model = "m" };
        var exchange = new Exchange
        {
            RequestId = "req_1",
            Surface = "/v1/messages",
            Operation = Operations.Generate,
            Started = 0,
            Key = new KeyRecord { Id = "key_1", CreatedAt = DateTimeOffset.UnixEpoch },
            Envelope = new RequestEnvelope { Model = "m" },
            Model = new ModelEntry { Id = "m", Routes = [entry] },
            BodyBytes = 1,
            XRequestId = "mine-1",
        };
        exchange.Begin(new ModelRoute(entry, new ProviderEntry { Dialect = "anthropic" }, null), null);
        exchange.UpstreamRequestId = new string('i', 500);
        Log.RouteFailed(
            lines, new IngressOptions { LogErrorTexts = asked }, exchange, new RouteOutcome.Failed(ErrorKind.ProviderError, Text) { Code = "odd\ncode" });

        var line = Assert.Single(lines.All);
        Assert.Equal(asked, line.Contains("secret plan", StringComparison.Ordinal));
        Assert.DoesNotContain(line, char.IsControl);
        Assert.True(line.Length < 1_500, line);
        foreach (var said in new[]
        {
            "req_1", "x-request-id mine-1", nameof(ErrorKind.ProviderError), "route p", "odd\\u000acode", $"{Text.Length} characters",
        })
            Assert.Contains(said, line, StringComparison.Ordinal);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
