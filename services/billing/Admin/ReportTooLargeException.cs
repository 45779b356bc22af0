namespace Gateway.Billing.Admin;

/// <summary>A report that would take too much work or memory.</summary>
/// <param name="parameter">The parameter that makes it so.</param>
/// <param name="message">What to ask instead.</param>
internal sealed class ReportTooLargeException(string parameter, string message) : Exception(message)
{
    public InvalidProblem Problem => new(parameter, Message);
}
