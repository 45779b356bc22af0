using System.Buffers;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Amazon's binary frames as server-sent events.</summary>
internal sealed class EventStreamDecoder(Stream from) : ReframedStream(from)
{
    protected override int Take(ReadOnlySpan<byte> bytes, bool ended, IBufferWriter<byte> output, ref bool complete)
    {
        var taken = 0;
        while (!complete)
        {
            var rest = bytes[taken..];
            var length = EventFrames.LengthOf(rest);
            if (length == 0 || rest.Length < length)
            {
                // On a border of frames it is for the reader of events to say whether the answer was whole.
                if (ended && !rest.IsEmpty)
                    throw new EndOfStreamException("The stream ends in the middle of a frame.");
                break;
            }

            complete = !EventFrames.Write(rest[..length], output);
            taken += length;
        }

        return taken;
    }
}
