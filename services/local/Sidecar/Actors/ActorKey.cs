namespace Gateway.Local.Sidecar.Actors;

internal readonly record struct ActorKey(string Type, string Id)
{
    public string Path => $"/actors/{Uri.EscapeDataString(Type)}/{Uri.EscapeDataString(Id)}";
}
