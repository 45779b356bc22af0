using System.Buffers;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Safeguards;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Relays the events of one answer. Whole events only, so that a ping or an error never lands inside another event:
/// <code>
///   1  read what the service sent
///   2  inspect each event: message_start, message_delta and error are metered, the rest only counted
///   3  the first content decides: until then events are held back, and an error or an end is a failure of the route (real status, or the
///      next route); from then on the answer is committed
///   4  write the events that are there, then flush once
///   5  message_stop is held back until the usage event is durable, then written: it is always the last frame of a success
///   6  an end without message_stop, however clean, is a failure and is said as one (rules E26, E118, E173)
/// </code>
/// </summary>
internal sealed class StreamRelay(UsageRecorder recorder, IngressOptions options, TimeProvider time, ILogger<StreamRelay> log) : IAnswerRelay
{
    /// <summary>On top of the provider's own idle timeout, which the adapter keeps: only services that hang themselves come this far.</summary>
    private static readonly TimeSpan TimeoutMargin = TimeSpan.FromSeconds(15);

    /// <summary>How long the end of the body may lag behind <c>message_stop</c>.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>What is written before it is sent, at most: the client's pace is the provider's.</summary>
    private const int MaxUnsentBytes = 32 * 1024;

    /// <summary>Of events before the first content, more than any provider sends.</summary>
    private const int MaxHeldBytes = 64 * 1024;

    private const string Truncated = "The provider's answer broke off before its end.";
    private const string Silent = "The provider fell silent in the middle of its answer.";

    public async Task<RouteOutcome> RelayAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, ResponseWatch watch)
    {
        using var state = new State(context, exchange, answer, watch);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(watch.Token);
            using var answered = new SseReader(stream);
            var idle = TimeSpan.FromMilliseconds(exchange.Route!.Provider.Timeouts.IdleMs) + TimeoutMargin;
            watch.SetIdleTimeout(idle);
            var any = await answered.FillAsync(watch.Token);
            using var replay = MessageForms.IsWhole(answered.Between(answered.Position, answered.Position + answered.Pending))
                ? await ReplayAsync(answered, watch)
                : null;
            await using var judged = exchange.Check is { } check ? new JudgedStream(replay ?? answered, check, exchange, watch, idle) : null;
            using var withVerdicts = judged is null ? null : new SseReader(judged);
            var reader = withVerdicts ?? replay ?? answered;
            if (withVerdicts is not null)
                any = await withVerdicts.FillAsync(watch.Token);
            while (any)
            {
                watch.ResetIdleTimeout();
                await watch.LockAsync();
                var last = WriteAvailable(state, reader, out var more);
                if (await SendAsync(state, reader, last) is { } outcome)
                    return outcome;
                any = await more;
            }

            return await EndOfInputAsync(state, reader);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            if (watch.ClientLeft)
                return RouteOutcome.ClientLeft;
            var reason = watch.Failure;
            return await BreakOffAsync(state, reason.Kind, reason.Kind == ErrorKind.ProviderTimeout ? Silent : reason.Message);
        }
        catch (GatewayException e)
        {
            return await BreakOffAsync(state, e.Kind, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // What fails behind our sidecar comes as a clean end: it is the sidecar that has gone.
            return await BreakOffAsync(state, ErrorKind.Interrupted, GatewayException.InterruptedMessage);
        }
    }

    /// <summary>The provider answered in one piece although a stream was asked for: its events.</summary>
    private static async ValueTask<SseReader> ReplayAsync(SseReader whole, ResponseWatch watch)
    {
        while (await whole.FillAsync(watch.Token))
            watch.ResetIdleTimeout();
        var message = whole.Between(whole.Position, whole.Position + whole.Pending).ToArray();
        return new SseReader(Stream.Null, first: MessageForms.Events(message));
    }

    /// <summary>
    /// Writes the events that have come, and those that are there at once after them: a burst is one write to the client's connection, and no
    /// event waits for another.
    /// </summary>
    /// <param name="more">The read that brings what follows, or the end of input. Not begun when the answer is over.</param>
    private AnswerEvent WriteAvailable(State state, SseReader reader, out ValueTask<bool> more)
    {
        more = default;
        var last = AnswerEvent.Other;
        try
        {
            while (true)
            {
                last = WriteBuffered(state, reader, last);
                if (last is AnswerEvent.Stop or AnswerEvent.Error)
                    return last;
                more = reader.FillAsync(state.Watch.Token);
                if (!more.IsCompletedSuccessfully || state.Written >= MaxUnsentBytes)
                    return last;
                if (!more.Result)
                {
                    more = ValueTask.FromResult(false);
                    return last;
                }
            }
        }
        catch
        {
            state.Watch.Unlock();
            throw;
        }
    }

    /// <summary>Writes the events among the bytes already read. Those that go as they came go together: a run of them is one write.</summary>
    private AnswerEvent WriteBuffered(State state, SseReader reader, AnswerEvent last)
    {
        int start = 0, end = 0;
        while (last is not (AnswerEvent.Stop or AnswerEvent.Error) && reader.TryRead(out var e))
        {
            last = Inspect(state, e, out var passage);
            if (passage == Passage.AsItCame)
            {
                if (start == end)
                    start = reader.Position - e.Raw.Length;
                end = reader.Position;
                continue;
            }

            WriteRun(state, reader, start, end);
            start = end = 0;
            if (passage == Passage.Edited)
                Write(state, e, last);
        }

        WriteRun(state, reader, start, end);
        return last;
    }

    private static void WriteRun(State state, SseReader reader, int start, int end)
    {
        if (end > start)
            state.Output.Write(reader.Between(start, end));
    }

    /// <summary>Sends what was written. The outcome when that was the end of the answer or the route has failed; else null.</summary>
    private async ValueTask<RouteOutcome?> SendAsync(State state, SseReader reader, AnswerEvent last)
    {
        if (state.Written == 0)
        {
            state.Watch.Unlock();
            return state.Failure;
        }

        state.Written = 0;
        if (last is not (AnswerEvent.Stop or AnswerEvent.Error))
        {
            await state.Watch.FlushAndUnlockAsync();
            return null;
        }

        await FinishAsync(state, last);
        await DrainAsync(state, reader);
        return RouteOutcome.Delivered;
    }

    /// <summary>Meters an event, and with the first that has content decides that this route is the one that answers.</summary>
    private AnswerEvent Inspect(State state, in SseEvent e, out Passage passage)
    {
        passage = Passage.None;
        var exchange = state.Exchange;
        var kind = exchange.Meter.Read(e);
        if (kind == AnswerEvent.Error && !state.Committed)
        {
            var meter = exchange.Meter;
            var failure = ErrorTable.OfType(Encoding.UTF8.GetBytes(meter.ErrorType!));
            state.Failure = new RouteOutcome.Failed(failure, meter.ErrorMessage ?? "The provider failed.") { Code = meter.ErrorType };
            return kind;
        }

        if (!state.Committed)
        {
            // A ping or a comment is no sign yet that the provider will answer.
            if (kind == AnswerEvent.Ping || !e.HasData)
            {
                passage = state.HeldBytes is > 0 and < MaxHeldBytes ? Passage.Edited : Passage.None;
                return kind;
            }

            if (kind == AnswerEvent.Stop && !exchange.Meter.Started)
            {
                state.Failure = new RouteOutcome.Failed(ErrorKind.ProviderTruncated, "The provider ended its answer before it had begun.");
                return kind;
            }

            if (kind is AnswerEvent.Start or AnswerEvent.Delta or AnswerEvent.Other && state.HeldBytes < MaxHeldBytes && !FirstContent.IsIn(e.Data))
            {
                passage = Passage.Edited;
                return kind;
            }

            state.Commit();
        }

        if (kind == AnswerEvent.Delta)
            exchange.FirstToken ??= time.GetTimestamp();
        passage = exchange.Meter.CommentBytes == 0
            && !(kind is AnswerEvent.Stop or AnswerEvent.Error or AnswerEvent.Start || (kind == AnswerEvent.Usage && exchange.Extras != UsageExtras.None))
            ? Passage.AsItCame
            : Passage.Edited;
        state.Written += e.Raw.Length;
        return kind;
    }

    private static void Write(State state, in SseEvent e, AnswerEvent kind)
    {
        var exchange = state.Exchange;
        if (kind is AnswerEvent.Stop or AnswerEvent.Error)
            state.LastFrame = e.Raw[exchange.Meter.CommentBytes..].ToArray();
        else if (kind == AnswerEvent.Start)
            WriteStart(state, e);
        else if (kind == AnswerEvent.Usage && exchange.Extras != UsageExtras.None)
            WriteUsage(state, e);
        else
            state.Output.Write(e.Raw[exchange.Meter.CommentBytes..]);
    }

    /// <summary>The answer names the model as the client spelt it (contract C5); nothing else of the event changes.</summary>
    private static void WriteStart(State state, in SseEvent e)
    {
        var meter = state.Exchange.Meter;
        var requested = state.Exchange.Envelope.Model;
        var data = e.Raw.IndexOf(e.Data);
        if (meter.ModelToken.Length == 0 || meter.Model == requested || data < 0)
        {
            state.Output.Write(e.Raw);
            return;
        }

        var at = data + meter.ModelToken.Start;
        state.Output.Write(e.Raw[..at]);
        state.Output.Write(ModelEcho.Of(requested));
        state.Output.Write(e.Raw[(at + meter.ModelToken.Length)..]);
    }

    private static void WriteUsage(State state, in SseEvent e)
    {
        var meter = state.Exchange.Meter;
        var data = e.Raw.IndexOf(e.Data);
        if (meter.UsageEnd == 0 || data < 0)
        {
            state.Output.Write(e.Raw[meter.CommentBytes..]);
            return;
        }

        var at = data + meter.UsageEnd;
        state.Output.Write(e.Raw[meter.CommentBytes..at]);
        var exchange = state.Exchange;
        state.Output.Write(ExtendedUsage.Of(meter.Usage, CostCalculator.Of(meter.Usage, exchange.Route!.Price), exchange.Extras));
        state.Output.Write(e.Raw[at..]);
    }

    /// <summary>Records the usage, then writes the last frame and ends the response. The response is locked, and let go of at the end.</summary>
    private async ValueTask FinishAsync(State state, AnswerEvent last)
    {
        var error = last == AnswerEvent.Error ? state.Exchange.Meter.ErrorType : null;
        // Read to its end for a client that had left: the numbers are whole, the client got only part.
        var outcome = state.Watch.ClientLeft ? RequestOutcome.Cancelled : error is null ? RequestOutcome.Completed : RequestOutcome.Error;
        try
        {
            // What came before the end does not wait for a disk.
            if (options.OutboxSync)
                await state.Watch.FlushAsync();
            await recorder.RecordAsync(state.Exchange, outcome, outcome == RequestOutcome.Cancelled ? 499 : 200, error);
            state.Output.Write(state.LastFrame);
            // In one piece with the end of the body; and the client's connection need not wait for ours to be tidied up.
            await state.Watch.CompleteAsync();
        }
        finally
        {
            state.Watch.Unlock();
        }
    }

    /// <summary>What comes after the last frame is of no use, but only a body read to its end leaves the connection usable.</summary>
    private static async ValueTask DrainAsync(State state, SseReader reader)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(state.Watch.Token);
        limit.CancelAfter(DrainLimit);
        try
        {
            while (await reader.FillAsync(limit.Token))
            {
                while (reader.TryRead(out _))
                {
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or GatewayException)
        {
            // The answer is complete; only the connection is lost.
        }
    }

    private async Task<RouteOutcome> EndOfInputAsync(State state, SseReader reader)
    {
        if (reader.TryReadRest(out var e))
        {
            // The last frame counts if it is whole, with or without its blank line (rule E167); half an event is dropped.
            var kind = e.Data.EndsWith("}"u8) ? Inspect(state, e, out _) : AnswerEvent.Other;
            if (state.Failure is not null)
                return state.Failure;
            if (kind is AnswerEvent.Stop or AnswerEvent.Error)
            {
                Write(state, e, kind);
                state.LastFrame = [.. state.LastFrame.AsSpan().TrimEnd("\r\n"u8), .. "\n\n"u8];
                await state.Watch.LockAsync();
                await FinishAsync(state, kind);
                return RouteOutcome.Delivered;
            }
        }

        // The translator says how its stream ended, unless it has gone.
        var reason = reader.Abort ?? (state.Exchange.Route!.IsNative ? ErrorKind.ProviderTruncated : ErrorKind.Interrupted);
        return await BreakOffAsync(state, reason, reason switch
        {
            ErrorKind.ProviderTimeout => Silent,
            ErrorKind.Interrupted => GatewayException.InterruptedMessage,
            _ => Truncated,
        });
    }

    /// <summary>With nothing committed: a failure of the route. Else the last word is <c>event: error</c>, and no message_stop.</summary>
    private async Task<RouteOutcome> BreakOffAsync(State state, ErrorKind kind, string message)
    {
        if (!state.Committed)
            return new RouteOutcome.Failed(kind, message);
        var info = ErrorTable.Of(kind);
        Log.RouteFailed(log, options, state.Exchange, new RouteOutcome.Failed(kind, message));
        await recorder.RecordAsync(state.Exchange, RequestOutcome.Truncated, 200, info.Type);
        await state.Watch.LockAsync();
        AnthropicError.WriteEvent(state.Output, info.Type, message, state.Exchange.RequestId);
        await state.Watch.FlushAndUnlockAsync();
        return RouteOutcome.Delivered;
    }

    /// <summary>How an event goes to the client.</summary>
    private enum Passage
    {
        /// <summary>Not at all.</summary>
        None,
        AsItCame,
        Edited,
    }

    private sealed class State(HttpContext context, Exchange exchange, HttpResponseMessage answer, ResponseWatch watch) : IDisposable
    {
        private PooledBuffer? _held;

        public Exchange Exchange => exchange;

        public ResponseWatch Watch => watch;

        /// <summary>To the client, once the answer is committed.</summary>
        public IBufferWriter<byte> Output => Committed ? context.Response.BodyWriter : _held ??= new PooledBuffer(1024);

        /// <summary>The first content of the answer has come: from here on there is no other route.</summary>
        public bool Committed { get; private set; }

        /// <summary>Bytes before the first content, which wait for it.</summary>
        public int HeldBytes => _held?.WrittenCount ?? 0;

        /// <summary>Bytes written since the last flush, not counting what the edits added or removed.</summary>
        public int Written { get; set; }

        /// <summary>The last frame of the answer, held back until its usage is recorded.</summary>
        public byte[] LastFrame { get; set; } = [];

        public RouteOutcome.Failed? Failure { get; set; }

        public void Commit()
        {
            Committed = true;
            // A ping may have sent the headers already.
            if (!context.Response.HasStarted)
            {
                ResponseHeaders.Put(context.Response, answer.Headers, exchange);
                ResponseHeaders.PutStream(context.Response);
            }

            if (_held is null)
                return;
            Output.Write(_held.WrittenSpan);
            Written += _held.WrittenCount;
            Dispose();
        }

        public void Dispose()
        {
            _held?.Dispose();
            _held = null;
        }
    }
}
