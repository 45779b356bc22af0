using Dapr.Actors;

namespace Gateway.Contracts.SignIn;

/// <summary>The part of the key directory that ingress asks: whose account it is that signs in.</summary>
public interface IUserSignInActor : IActor
{
    /// <summary>The id of the one actor.</summary>
    const string ActorId = "all";

    /// <summary>Finds the user, or makes it.</summary>
    Task<UserSignInResult> SignInUserAsync(UserSignIn signIn);
}
