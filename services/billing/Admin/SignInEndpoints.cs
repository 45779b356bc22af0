using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>The rules by which those who sign in at the company's identity provider get a team and a role.</summary>
internal static class SignInEndpoints
{
    public static void Map(RouteGroupBuilder signIn)
    {
        signIn.MapGet("", GetAsync).WithName("getSignIn").WithMetadata(AdminRule.SeeAdmins);
        signIn.MapPut("", SetAsync).WithName("setSignIn").WithMetadata(AdminRule.Admins);
    }

    /// <summary>Rules for signing in</summary>
    /// <remarks>Which groups and domains of the identity provider get which team and which role.</remarks>
    public static async Task<Ok<SignInSettings>> GetAsync(IActorProxyFactory actors) =>
        TypedResults.Ok(await KeyEndpoints.Directory(actors).GetSignInSettingsAsync());

    /// <summary>Set the rules for signing in</summary>
    /// <remarks>
    /// All of them at once. They count for the next sign-in, and for those who are signed in when their token is next refreshed, within the hour: who gets
    /// no team any more is signed out then, who gets another is moved.
    /// </remarks>
    /// <param name="body">The rules. A member that is not known is refused.</param>
    public static async Task<Results<Ok<SignInSettings>, InvalidProblem>> SetAsync(
        JsonBody<SignInSettings> body, IActorProxyFactory actors, HttpContext context)
    {
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Body = body.Text };
        var result = await KeyEndpoints.Directory(actors).SetSignInSettingsAsync(command);
        return result.Errors is { } errors ? new InvalidProblem(errors) : TypedResults.Ok(result.Settings!);
    }
}
