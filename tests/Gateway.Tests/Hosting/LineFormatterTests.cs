using Gateway.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Hosting;

public sealed class LineFormatterTests
{
    [Fact]
    public void An_entry_is_one_line_whatever_is_in_it()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var entry = new LogEntry<string>(
            LogLevel.Error, "Category", default, "a path /x\r\n00:00:00.000 crit: forged \u001b[31m \u0085\u009b",
            new InvalidOperationException("one\ntwo\u0007"), static (state, _) => state);
        new LineFormatter().Write(entry, null, output);
        var line = output.ToString();
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line[..^1], char.IsControl);
        Assert.Contains(" fail: Category a path /x\\u000d\\u000a00:00:00.000 crit: forged \\u001b[31m \\u0085\\u009b ", line, StringComparison.Ordinal);
        Assert.Contains("one two\\u0007", line, StringComparison.Ordinal);
    }
}
