using System.Buffers;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Metering;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Relays the events of one answer. Whole events only, so that a ping or an error never lands inside another event:
/// <code>
///   1  read what the service sent
///   2  look at each event: message_start, message_delta and error are metered, the rest only counted
///   3  the first event decides: an error is a failure of the route (real status, or the next route), anything else commits the answer
///   4  write the events that are there, then flush once
///   5  message_stop is held back until the usage event is durable, then written: it is always the last frame of a success
///   6  an end without message_stop, however clean, is a failure and is said as one (rules E26, E118, E173)
/// </code>
/// </summary>
internal sealed class StreamRelay(UsageRecorder recorder, IngressOptions options, TimeProvider time, ILogger<StreamRelay> log)
{
    private static readonly TimeSpan Backstop = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>Null when the answer, or an error in its place, has been delivered.</summary>
    public async Task<RouteFailure?> RunAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, StreamWatch watch)
    {
        var state = new State(context, exchange, answer, watch);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(watch.Token);
            using var reader = new SseReader(stream);
            watch.Expect(TimeSpan.FromMilliseconds(exchange.Route!.Provider.Timeouts.IdleMs) + Backstop);
            var any = await reader.FillAsync(watch.Token);
            while (any)
            {
                watch.Heard();
                await watch.EnterAsync();
                var last = Take(state, reader, out var more);
                if (await SendAsync(state, reader, last))
                    return state.Failure;
                any = await more;
            }

            return await EndOfInputAsync(state, reader);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested)
        {
            if (watch.ClientLeft)
                return await ClientLeftAsync(state);
            return await BrokenAsync(state, watch.GaveUp ?? ErrorKind.ProviderTimeout, "The provider fell silent in the middle of its answer.");
        }
        catch (GatewayException e)
        {
            return await BrokenAsync(state, e.Kind, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return await BrokenAsync(state, ErrorKind.ProviderTruncated, Truncated);
        }
    }

    /// <summary>What is written before it is sent, at most: the client's pace is the provider's.</summary>
    private const int LargestWrite = 32 * 1024;

    private const string Truncated = "The provider's answer broke off before its end.";

    /// <summary>
    /// Writes the events that have come, and those that are there at once after them: a burst is one write to the client's connection, and no
    /// event waits for another.
    /// </summary>
    /// <param name="more">The read that brings what follows, or the end of input. Not begun when the answer is over.</param>
    private AnswerEvent Take(State state, SseReader reader, out ValueTask<bool> more)
    {
        more = default;
        var last = AnswerEvent.Other;
        try
        {
            while (true)
            {
                last = TakeRead(state, reader, last);
                if (last is AnswerEvent.Stop or AnswerEvent.Error)
                    return last;
                more = reader.FillAsync(state.Watch.Token);
                if (!more.IsCompletedSuccessfully || state.Written >= LargestWrite)
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
            state.Watch.Leave();
            throw;
        }
    }

    /// <summary>Writes the events among the bytes already read. Those that go as they came go together: a run of them is one write.</summary>
    private AnswerEvent TakeRead(State state, SseReader reader, AnswerEvent last)
    {
        int start = 0, end = 0;
        while (last is not (AnswerEvent.Stop or AnswerEvent.Error) && reader.TryRead(out var e))
        {
            last = Look(state, e, out var isPassedOn);
            if (isPassedOn)
            {
                if (start == end)
                    start = reader.Position - e.Raw.Length;
                end = reader.Position;
                continue;
            }

            Pass(state, reader, start, end);
            start = end = 0;
            if (state.Committed)
                Write(state, e, last);
        }

        Pass(state, reader, start, end);
        return last;
    }

    private static void Pass(State state, SseReader reader, int start, int end)
    {
        if (end > start)
            state.Output.Write(reader.Between(start, end));
    }

    /// <summary>True when the request is over, or this route is.</summary>
    private async ValueTask<bool> SendAsync(State state, SseReader reader, AnswerEvent last)
    {
        if (state.Written == 0)
        {
            state.Watch.Leave();
            return state.Failure is not null;
        }

        state.Written = 0;
        if (last is not (AnswerEvent.Stop or AnswerEvent.Error))
        {
            await state.Watch.FlushAndLeaveAsync();
            return false;
        }

        await FinishAsync(state, last);
        await DrainAsync(state, reader);
        return true;
    }

    /// <param name="isPassedOn">It goes as it came.</param>
    private AnswerEvent Look(State state, in SseEvent e, out bool isPassedOn)
    {
        isPassedOn = false;
        var exchange = state.Exchange;
        var kind = exchange.Meter.Read(e);
        if (kind == AnswerEvent.Error && !state.Committed)
        {
            var meter = exchange.Meter;
            state.Failure = new RouteFailure(ErrorTable.OfType(System.Text.Encoding.UTF8.GetBytes(meter.ErrorType!)), meter.ErrorMessage ?? "The provider failed.");
            return kind;
        }

        if (!state.Committed)
        {
            // A ping or a comment is no sign yet that the provider will answer.
            if (kind == AnswerEvent.Ping || !e.HasData)
                return kind;
            state.Commit();
        }

        if (kind == AnswerEvent.Delta)
            exchange.FirstToken ??= time.GetTimestamp();
        isPassedOn = exchange.Meter.MarkBytes == 0
            && !(kind is AnswerEvent.Stop or AnswerEvent.Error or AnswerEvent.Start || (kind == AnswerEvent.Usage && exchange.Key.ExtendedUsage));
        state.Written += e.Raw.Length;
        return kind;
    }

    private static void Write(State state, in SseEvent e, AnswerEvent kind)
    {
        var exchange = state.Exchange;
        if (kind is AnswerEvent.Stop or AnswerEvent.Error)
            state.Last = e.Raw[exchange.Meter.MarkBytes..].ToArray();
        else if (kind == AnswerEvent.Start)
            WriteStart(state, e);
        else if (kind == AnswerEvent.Usage && exchange.Key.ExtendedUsage)
            WriteUsage(state, e);
        else
            state.Output.Write(e.Raw[exchange.Meter.MarkBytes..]);
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
            state.Output.Write(e.Raw[meter.MarkBytes..]);
            return;
        }

        var at = data + meter.UsageEnd;
        state.Output.Write(e.Raw[meter.MarkBytes..at]);
        state.Output.Write(ExtendedUsage.Of(meter.Usage, CostCalculator.Of(meter.Usage, state.Exchange.Route!.Price)));
        state.Output.Write(e.Raw[at..]);
    }

    /// <summary>The response is held, and let go of at the end.</summary>
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
            state.Output.Write(state.Last);
            // In one piece with the end of the body; and the client's connection need not wait for ours to be tidied up.
            await state.CompleteAsync();
        }
        finally
        {
            state.Watch.Leave();
        }
    }

    /// <summary>What comes after the end mark is of no use, but its end is what makes the connection usable again.</summary>
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

    private async Task<RouteFailure?> EndOfInputAsync(State state, SseReader reader)
    {
        if (reader.TryReadRest(out var e))
        {
            // The end mark counts if it is whole, with or without its blank line (rule E167); half an event is dropped.
            var kind = e.Data.EndsWith("}"u8) ? Look(state, e, out _) : AnswerEvent.Other;
            if (state.Failure is not null)
                return state.Failure;
            if (kind is AnswerEvent.Stop or AnswerEvent.Error)
            {
                Write(state, e, kind);
                state.Last = [.. state.Last.AsSpan().TrimEnd("\r\n"u8), .. "\n\n"u8];
                await state.Watch.EnterAsync();
                await FinishAsync(state, kind);
                return null;
            }
        }

        var reason = reader.Abort ?? ErrorKind.ProviderTruncated;
        return await BrokenAsync(state, reason, reason == ErrorKind.ProviderTimeout ? "The provider fell silent in the middle of its answer." : Truncated);
    }

    /// <summary>Nothing sent: a failure of the route. Else the last word is <c>event: error</c>, and no message_stop.</summary>
    private async Task<RouteFailure?> BrokenAsync(State state, ErrorKind kind, string message)
    {
        if (!state.Committed)
            return new RouteFailure(kind, message);
        var info = ErrorTable.Of(kind);
        Log.RouteFailed(log, info.Level, state.Exchange.RequestId, kind, state.Exchange.Route!.Entry.Provider, message);
        await recorder.RecordAsync(state.Exchange, RequestOutcome.Truncated, 200, info.Type);
        await WriteErrorAsync(state.Watch, state.Output, info.Type, message, state.Exchange.RequestId);
        return null;
    }

    /// <summary>Writes a stream's last frame when it is an error.</summary>
    public static async Task WriteErrorAsync(StreamWatch watch, IBufferWriter<byte> output, string type, string message, string requestId)
    {
        await watch.EnterAsync();
        AnthropicError.WriteEvent(output, type, message, requestId);
        await watch.FlushAndLeaveAsync();
    }

    private async Task<RouteFailure?> ClientLeftAsync(State state)
    {
        await recorder.RecordAsync(state.Exchange, RequestOutcome.Cancelled, 499, null);
        return null;
    }

    private sealed class State(HttpContext context, Exchange exchange, HttpResponseMessage answer, StreamWatch watch)
    {
        public Exchange Exchange => exchange;

        public StreamWatch Watch => watch;

        public IBufferWriter<byte> Output { get; } = context.Response.BodyWriter;

        /// <summary>The first event of the answer has come: from here on there is no other route.</summary>
        public bool Committed { get; private set; }

        /// <summary>Bytes written since the last were sent, give or take what is put in their place.</summary>
        public int Written { get; set; }

        public byte[] Last { get; set; } = [];

        public RouteFailure? Failure { get; set; }

        public Task CompleteAsync() => context.Response.CompleteAsync();

        public void Commit()
        {
            Committed = true;
            // A ping may have sent the headers already.
            if (context.Response.HasStarted)
                return;
            ResponseHeaders.Put(context.Response, answer.Headers, exchange);
            ResponseHeaders.PutStream(context.Response);
        }
    }
}
