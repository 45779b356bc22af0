using Gateway.AdminConsole.Api;
using Microsoft.AspNetCore.Components;

namespace Gateway.AdminConsole.Shared;

/// <summary>A page whose forms change something by the admin API: what was taken leads on, what was not stands there again with what is wrong.</summary>
public abstract class FormPage : ComponentBase
{
    [CascadingParameter] public required HttpContext Context { get; set; }

    [Inject] public required NavigationManager Navigation { get; set; }

    /// <summary>What is wrong with the form that was sent.</summary>
    protected ApiException? Problem { get; private set; }

    /// <param name="change">The calls.</param>
    /// <param name="next">Where the reader goes on; null: here, where what came of it is shown.</param>
    protected async Task DoAsync(Func<Task> change, string? next = null)
    {
        try
        {
            await change();
        }
        catch (ApiException e) when (e.IsMistake)
        {
            (Problem, Context.Response.StatusCode) = (e, e.FormStatus);
            return;
        }

        if (next is not null)
            Navigation.NavigateTo(next);
    }
}
