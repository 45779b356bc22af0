namespace Dapr.Client;

public class StateOptions
{
    public ConsistencyMode? Consistency { get; set; }
    public ConcurrencyMode? Concurrency { get; set; }
}
