namespace Gateway.Local.Sidecar.Actors;

internal sealed record TypeConfig(TimeSpan IdleTimeout, bool Reentrant, int MaxStackDepth);
