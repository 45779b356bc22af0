using Gateway.Ingress.Endpoints;
using Gateway.Ingress.Outbox;
using Grpc.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using static Gateway.Tests.Ingress.OutboxRig;

namespace Gateway.Tests.Ingress;

/// <summary>Events that the broker does not take: those that it never will, and those of a key that has to wait.</summary>
public sealed class OutboxQuarantineTests : IAsyncLifetime
{
    private readonly OutboxRig _rig = new();

    public Task InitializeAsync() => _rig.StartAsync();

    public Task DisposeAsync() => _rig.DisposeAsync().AsTask();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task An_event_that_the_broker_refuses_for_good_is_set_aside_and_can_be_replayed(int ahead)
    {
        _rig.Statuses["req_3"] = 3;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead);
        await publisher.StartAsync(default);
        for (var i = 0; i < 10; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        Assert.Equal(Enumerable.Range(0, 10).Where(i => i != 3).Select(i => $"req_{i}"), _rig.Published);
        var aside = _rig.Aside.Single();
        Assert.Equal(("req_3", "key_1", "InvalidArgument: no"), (aside.RequestId, aside.KeyId, aside.Reason));
        Assert.Equal(HealthStatus.Degraded, (await _rig.CheckAsync(outbox, publisher)).Status);

        _rig.Statuses.Clear();
        var quarantine = _rig.Quarantine;
        var replay = await QuarantineEndpoints.ReplayAsync(aside.Id, quarantine, outbox, NullLogger<UsageOutbox>.Instance);
        Assert.Equal(1, Assert.IsType<Ok<QuarantineReplay>>(replay.Result).Value!.Replayed);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal("req_3", _rig.Published.Last());
        Assert.Empty(_rig.Aside);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task A_key_whose_event_is_not_taken_waits_in_order_and_no_other_does(int ahead)
    {
        // Internal: it may be taken later.
        _rig.Statuses["req_0"] = 13;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead);
        await publisher.StartAsync(default);
        for (var i = 0; i < 60; i++)
            await outbox.AppendAsync(Event(i) with { KeyId = i % 2 == 0 ? "key_stuck" : "key_free" });
        await Until(() => _rig.Published.Count == 30 && publisher.Held == 30 && outbox.Waiting == 30);
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 2 == 1).Select(i => $"req_{i}"), _rig.Published);
        _rig.Statuses.Clear();
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 2 == 0).Select(i => $"req_{i}"), _rig.Published.Skip(30));
        Assert.Equal((0, 0), (_rig.Aside.Count, publisher.Held));
    }

    [Fact]
    public async Task A_topic_that_refuses_everything_does_not_empty_the_outbox_into_the_quarantine()
    {
        for (var i = 0; i < 60; i++)
            _rig.Statuses[$"req_{i}"] = 3;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < 60; i++)
            await outbox.AppendAsync(Event(i) with { KeyId = "key_" + i });
        await Until(() => publisher.Held == 60 - EventSender.MaxRefusedInARow && _rig.Quarantine.Count == EventSender.MaxRefusedInARow);
        _rig.Statuses.Clear();
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(60 - EventSender.MaxRefusedInARow, _rig.Published.Count);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, "no", true)]
    [InlineData(StatusCode.ResourceExhausted, "grpc: received message larger than max (9 vs. 8)", true)]
    [InlineData(StatusCode.Internal, "kafka server: Message was too large, server rejected it", true)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 400", true)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 413", true)]
    [InlineData(StatusCode.Unavailable, "Bad gRPC response. HTTP status code: 429", false)]
    [InlineData(StatusCode.Unknown, "Bad gRPC response. HTTP status code: 408", false)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 500", false)]
    [InlineData(StatusCode.PermissionDenied, "topic usage is not allowed", false)]
    [InlineData(StatusCode.NotFound, "pubsub is not found", false)]
    [InlineData(StatusCode.ResourceExhausted, "slow down", false)]
    [InlineData(StatusCode.Internal, "", false)]
    public void What_no_waiting_helps_with_is_told_from_what_it_does(StatusCode status, string detail, bool isForGood) =>
        Assert.Equal(isForGood, Refusal.Of(new Dapr.DaprException("Publish operation failed", new RpcException(new Status(status, detail)))) is not null);
}
