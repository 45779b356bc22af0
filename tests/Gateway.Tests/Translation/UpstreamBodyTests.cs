using System.Text;
using Gateway.Translator;

namespace Gateway.Tests.Translation;

/// <summary>What a provider sends before its answer, however long it keeps that up.</summary>
public sealed class UpstreamBodyTests
{
    [Theory]
    [InlineData("""{"id":1}""", false)]
    [InlineData("data: {}\n\n", true)]
    public async Task Blanks_before_an_answer_are_not_kept(string answer, bool events)
    {
        using var response = new HttpResponseMessage { Content = new StreamContent(new Blanks(64 * 1024 * 1024, answer)) };
        var before = GC.GetAllocatedBytesForCurrentThread();

        await using var body = await UpstreamBody.OpenAsync(response, CancellationToken.None);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
        Assert.Equal(events, body.IsEvents);
        if (!events)
            Assert.Equal(answer, Encoding.UTF8.GetString((await body.ReadAsync(CancellationToken.None)).Span).Trim());
    }

    private sealed class Blanks(int count, string answer) : MemoryStream
    {
        private int _left = count;
        private ReadOnlyMemory<byte> _answer = Encoding.UTF8.GetBytes(answer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            if (_left > 0)
            {
                read = Math.Min(_left, buffer.Length);
                buffer.Span[..read].Fill((byte)'\n');
                _left -= read;
            }
            else
            {
                read = Math.Min(_answer.Length, buffer.Length);
                _answer[..read].CopyTo(buffer);
                _answer = _answer[read..];
            }

            return new(read);
        }
    }
}
