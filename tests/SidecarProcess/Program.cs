using Gateway.Tests.SidecarProcess;

// The parts of a gateway's surroundings as processes, for tests that kill them one at a time:
//   SidecarProcess store TOPOLOGY             the sidecars' common part: state, topics, placement of actors
//   SidecarProcess sidecar TOPOLOGY REPLICA   what stands beside one replica of a service
//   SidecarProcess all DATA COMPONENTS {APP-ID=APP-PORT,HTTP-PORT,GRPC-PORT}...
return args switch
{
    ["store", var topology] => await StoreProcess.RunAsync(Topology.Read(topology)),
    ["sidecar", var topology, var replica] => await ReplicaSidecar.RunAsync(Topology.Read(topology), replica),
    ["all", var data, var components, .. var apps] => await AllSidecars.RunAsync(data, components, apps),
    _ => 2,
};
