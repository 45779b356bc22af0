using Gateway.Tests.Durability;

namespace Gateway.ContainerTests;

/// <summary>
/// Ports of placement and scheduler, and of what is inside them (raft, etcd). None is Dapr's own, on which the services of <c>dapr init</c> may be listening.
/// </summary>
internal sealed record ControlPlanePorts(
    int Placement, int PlacementHealth, int PlacementMetrics, int Raft, int Scheduler, int SchedulerHealth, int SchedulerMetrics, int EtcdClient, int EtcdPeer)
{
    public static ControlPlanePorts Take()
    {
        var free = FreePorts.Take(9);
        return new(free[0], free[1], free[2], free[3], free[4], free[5], free[6], free[7], free[8]);
    }
}
