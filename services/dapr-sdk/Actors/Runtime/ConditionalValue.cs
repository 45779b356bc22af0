#nullable disable
namespace Dapr.Actors.Runtime;

public struct ConditionalValue<TValue>
{
    public ConditionalValue(bool hasValue, TValue value)
    {
        HasValue = hasValue;
        Value = value;
    }

    public bool HasValue { get; }
    public TValue Value { get; }
}
