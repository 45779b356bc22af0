using System.Globalization;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;

namespace Gateway.Billing.SignIn;

/// <summary>
/// State key: <c>session</c>. Access tokens stand in the key store, each for as long as it is good; what a token opens is what its user may at that
/// moment, so nothing of the user is in them.
/// </summary>
internal sealed class SessionActor(ActorHost host, DaprClient dapr, InstallationHasher hasher, SignInOptions options, TimeProvider time, SidecarStarts starts)
    : PlacedActor(host, starts), ISessionActor, IRemindable
{
    private const string Session = "session";
    private const string Over = "over";

    /// <summary>More than terminals on one machine; the oldest ends when there is one too many.</summary>
    private const int MaxTokens = 50;

    /// <summary>So soon after the identity provider was asked it is not asked again: terminals that share a token refresh at the same time.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    /// <summary>An ingress that has not come back by then never will.</summary>
    private static readonly TimeSpan LongestAsking = TimeSpan.FromSeconds(20);

    public async Task<TokenGrant> StartAsync(SessionStart start)
    {
        var now = time.GetUtcNow();
        var keys = await hasher.GetAsync();
        var refresh = SessionIds.Write(keys, SessionIds.RefreshPrefix, Id.ToString(), GatewayKeys.NewSecret());
        var state = new SessionState
        {
            Identity = start.User.Identity,
            RefreshHash = keys.Hash(refresh),
            StartedAt = start.SignedInAt,
            ExpiresAt = now + options.SessionLifetime,
            Admin = start.Admin,
            ProviderToken = start.ProviderToken is { } token ? SealedText.Of(token, refresh) : null,
        };
        await RegisterReminderAsync(Over, [], options.SessionLifetime, options.SessionLifetime);
        return await IssueAsync(state, start.User, refresh);
    }

    public async Task<RefreshStart> BeginRefreshAsync(SessionRefresh refresh)
    {
        if (await FindAsync(refresh.RefreshToken) is not { } state)
            return new() { Step = RefreshStep.Refused };
        var age = time.GetUtcNow() - state.AskedAt;
        if (state.ProviderToken is null || (!state.Asking && age < Fresh))
            return new() { Step = RefreshStep.Go };
        if (state.Asking && age < LongestAsking)
            return new() { Step = RefreshStep.Wait };
        await SaveAsync(state with { Asking = true, AskedAt = time.GetUtcNow() });
        return new() { Step = RefreshStep.Ask, ProviderToken = state.ProviderToken.Open(refresh.RefreshToken) };
    }

    public async Task<TokenGrant> RefreshAsync(SessionRefresh refresh)
    {
        if (await FindAsync(refresh.RefreshToken) is not { } state)
            return TokenGrant.Refused(TokenErrors.InvalidGrant, "The session is over, or was never there. Sign in again.");
        var identity = refresh.Identity ?? state.Identity;
        if (refresh.IsGone || (identity.Issuer, identity.Subject) != (state.Identity.Issuer, state.Identity.Subject))
            return await RefuseAsync("The identity provider does not let this user sign in any more.");
        var directory = ProxyFactory.CreateActorProxy<IUserSignInActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);
        var found = await directory.SignInUserAsync(new UserSignIn { Identity = identity, Admin = state.Admin });
        if (found.User is not { } user)
            return await RefuseAsync(found.Refusal!);
        if (user.SignedOutAt >= state.StartedAt)
            return await RefuseAsync("The user was signed out everywhere. Sign in again.");
        if (user.Key.ExpiresAt <= time.GetUtcNow())
            return await RefuseAsync("The user's account has expired.");
        state = state with { Identity = identity, Asking = false };
        if (refresh.Identity is not null)
            state = state with { AskedAt = time.GetUtcNow() };
        if (refresh.ProviderToken is { } token)
            state = state with { ProviderToken = SealedText.Of(token, refresh.RefreshToken) };
        return await IssueAsync(state, user, refresh.RefreshToken);
    }

    public async Task EndAsync(SessionEnd end)
    {
        if (end.RefreshToken is null || await FindAsync(end.RefreshToken) is not null)
            await EndAsync();
    }

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period) => EndAsync();

    private async Task<TokenGrant> RefuseAsync(string why)
    {
        await EndAsync();
        return TokenGrant.Refused(TokenErrors.InvalidGrant, why);
    }

    private async Task<TokenGrant> IssueAsync(SessionState state, UserRecord user, string refresh)
    {
        var now = time.GetUtcNow();
        var expires = now + options.TokenLifetime < state.ExpiresAt ? now + options.TokenLifetime : state.ExpiresAt;
        var token = state.Admin ? GatewayKeys.NewAdminKey() : TokenRecord.Prefix + GatewayKeys.NewSecret();
        var hash = (await hasher.GetAsync()).Hash(token);
        var issued = new IssuedToken(state.Admin ? KeyStoreKeys.OfAdmin(hash) : KeyStoreKeys.OfToken(hash), expires);
        var good = state.Tokens.Where(t => t.ExpiresAt > now).ToList();
        foreach (var old in good.SkipLast(MaxTokens - 1))
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, old.StoreKey);
        // First noted, so that the session's end takes it away whatever happens now.
        await SaveAsync(state with { Tokens = [.. good.TakeLast(MaxTokens - 1), issued] });
        var metadata = new Dictionary<string, string>
        {
            ["ttlInSeconds"] = ((int)Math.Ceiling((expires - now).TotalSeconds) + 1).ToString(CultureInfo.InvariantCulture),
        };
        if (state.Admin)
            await dapr.SaveStateAsync(ComponentNames.KeyStore, issued.StoreKey, AdminOf(state, user, token, expires), metadata: metadata);
        else
            await dapr.SaveStateAsync(ComponentNames.KeyStore, issued.StoreKey, TokenOf(state, user, expires), metadata: metadata);
        return new()
        {
            AccessToken = token,
            ExpiresInSeconds = (int)(expires - now).TotalSeconds,
            RefreshToken = refresh,
            Email = user.Identity.Email,
        };
    }

    private TokenRecord TokenOf(SessionState state, UserRecord user, DateTimeOffset expires) => new()
    {
        UserId = user.Key.Id,
        SessionId = Id.ToString(),
        SignedInAt = state.StartedAt,
        ExpiresAt = expires,
    };

    private AdminRecord AdminOf(SessionState state, UserRecord user, string token, DateTimeOffset expires) => new()
    {
        Id = user.Key.Id,
        Name = user.Identity.Email ?? user.Identity.Name ?? user.Identity.Subject,
        Role = user.Role!.Value,
        Scope = user.Scope,
        Prefix = GatewayKeys.ShownPart(token),
        CreatedAt = time.GetUtcNow(),
        ExpiresAt = expires,
        UserId = user.Key.Id,
        SessionId = Id.ToString(),
        SignedInAt = state.StartedAt,
    };

    private async Task<SessionState?> FindAsync(string refreshToken)
    {
        var state = await StateManager.TryGetStateAsync<SessionState>(Session);
        return state.HasValue && state.Value.ExpiresAt > time.GetUtcNow() && state.Value.RefreshHash == (await hasher.GetAsync()).Hash(refreshToken)
            ? state.Value
            : null;
    }

    private async Task SaveAsync(SessionState state)
    {
        await StateManager.SetStateAsync(Session, state);
        await StateManager.SaveStateAsync();
    }

    private async Task EndAsync()
    {
        var state = await StateManager.TryGetStateAsync<SessionState>(Session);
        if (!state.HasValue)
            return;
        foreach (var token in state.Value.Tokens)
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, token.StoreKey);
        await StateManager.TryRemoveStateAsync(Session);
        await StateManager.SaveStateAsync();
        await UnregisterReminderAsync(Over);
    }
}
