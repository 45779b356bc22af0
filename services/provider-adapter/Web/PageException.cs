namespace Gateway.ProviderAdapter.Web;

/// <summary>Why a page is not read.</summary>
/// <param name="error">One of <see cref="Contracts.Web.WebErrors"/>.</param>
/// <param name="reason">For the log; the model is told the error alone.</param>
internal sealed class PageException(string error, string reason) : Exception(reason)
{
    public string Error { get; } = error;
}
