namespace Dapr.Actors;

/// <summary>Marks an interface whose methods are called across processes.</summary>
public interface IActor;
