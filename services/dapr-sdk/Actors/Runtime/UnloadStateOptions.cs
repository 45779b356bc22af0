namespace Dapr.Actors.Runtime;

public class UnloadStateOptions
{
    public bool AllowUnloadingWhenStateModified { get; set; }
}
