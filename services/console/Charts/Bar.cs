namespace Gateway.AdminConsole.Charts;

/// <summary>A bar of a chart: its label, and its parts in the order of the series.</summary>
public sealed record Bar(string Label, IReadOnlyList<decimal> Parts)
{
    public decimal Sum => Parts.Sum();
}
