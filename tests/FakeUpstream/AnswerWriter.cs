using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace Gateway.Fakes;

/// <summary>Plays an <see cref="Answer"/> on a response.</summary>
internal static class AnswerWriter
{
    public static async Task PlayAsync(HttpContext context, Answer answer, RecordedRequest request, CancellationToken gone)
    {
        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        foreach (var (name, value) in answer.Headers)
            response.Headers[name] = StringValues.Concat(response.Headers[name], value);

        var body = Encode(answer.Encoding, response.Body);
        foreach (var step in answer.Steps)
        {
            switch (step.Kind)
            {
                case StepKind.Write:
                    await WriteAsync(body, step.Bytes, answer.Split, gone);
                    break;
                case StepKind.Headers:
                    await response.StartAsync(gone);
                    await response.Body.FlushAsync(gone);
                    break;
                case StepKind.Wait:
                    await Task.Delay(step.Time, gone);
                    break;
                case StepKind.Gate:
                    await step.Gate!.PassAsync(gone);
                    break;
                case StepKind.Stall:
                    await Task.Delay(Timeout.Infinite, gone);
                    break;
                case StepKind.Cut:
                    request.CutHere();
                    context.Abort();
                    return;
                default:
                    throw new InvalidOperationException($"Unknown step {step.Kind}.");
            }
        }

        if (body != response.Body)
            await body.DisposeAsync();
        await response.CompleteAsync();
    }

    private static async ValueTask WriteAsync(Stream body, ReadOnlyMemory<byte> bytes, int split, CancellationToken gone)
    {
        if (split <= 0 || bytes.Length <= split)
        {
            await body.WriteAsync(bytes, gone);
            await body.FlushAsync(gone);
            return;
        }

        for (var at = 0; at < bytes.Length; at += split)
        {
            await body.WriteAsync(bytes.Slice(at, Math.Min(split, bytes.Length - at)), gone);
            await body.FlushAsync(gone);
        }
    }

    private static Stream Encode(string? encoding, Stream body) => encoding switch
    {
        "gzip" => new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true),
        _ => body,
    };
}
