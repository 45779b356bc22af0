namespace Gateway.Tests.Durability.Story;

/// <summary>
/// A gateway of processes, on whatever stands for Dapr, of which billing and its sidecar can be killed. What was killed comes back where it was.
/// </summary>
internal interface IStoryGateway
{
    /// <summary>At least two front doors of the same gateway.</summary>
    IReadOnlyList<Uri> Ingresses { get; }

    /// <summary>The HTTP API of an ingress' sidecar.</summary>
    Uri IngressSidecar { get; }

    string AdminKey { get; }

    Task KillBillingAsync();

    Task StartBillingAsync();

    Task KillBillingSidecarAsync();

    Task StartBillingSidecarAsync();
}
