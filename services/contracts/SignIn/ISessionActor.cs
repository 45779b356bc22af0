using Dapr.Actors;

namespace Gateway.Contracts.SignIn;

/// <summary>A device that is signed in. The actor's id stands in its refresh token.</summary>
public interface ISessionActor : IActor
{
    Task<TokenGrant> StartAsync(SessionStart start);

    /// <summary>Whether the identity provider is to be asked before the refresh, and with what.</summary>
    Task<RefreshStart> BeginRefreshAsync(SessionRefresh refresh);

    /// <summary>A new access token, if the user may still have one. The refresh token stays: terminals that share it refresh each by itself.</summary>
    Task<TokenGrant> RefreshAsync(SessionRefresh refresh);

    /// <summary>Refuses all its tokens from now on. Again is no mistake.</summary>
    Task EndAsync(SessionEnd end);
}
