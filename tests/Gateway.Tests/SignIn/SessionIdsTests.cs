using Gateway.Contracts.Accounts;
using Gateway.Contracts.SignIn;

namespace Gateway.Tests.SignIn;

/// <summary>Codes and tokens that nobody has made here are told without asking anyone.</summary>
public sealed class SessionIdsTests
{
    private static readonly KeyHasher Ours = new(Convert.ToBase64String(new byte[32]));

    [Fact]
    public void What_was_written_here_is_read_here()
    {
        var text = SessionIds.Write(Ours, SessionIds.RefreshPrefix, "session_1", "secret");
        Assert.True(SessionIds.TryRead(Ours, SessionIds.RefreshPrefix, text, out var id, out var secret));
        Assert.Equal(("session_1", "secret"), (id, secret));
    }

    [Fact]
    public void What_was_changed_or_made_elsewhere_is_not()
    {
        var text = SessionIds.Write(Ours, SessionIds.RefreshPrefix, "session_1", "secret");
        var theirs = new KeyHasher(Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]));
        string?[] wrong =
        [
            text.Replace("session_1", "session_2", StringComparison.Ordinal), text[..^1], text + "0", text[..20], "gwr-", "", null, new string('x', 300),
            text.Replace(SessionIds.RefreshPrefix, SessionIds.DevicePrefix, StringComparison.Ordinal),
            SessionIds.Write(theirs, SessionIds.RefreshPrefix, "session_1", "secret"), SessionIds.Write(Ours, SessionIds.RefreshPrefix, "../all", "secret"),
        ];
        Assert.All(wrong, w => Assert.False(SessionIds.TryRead(Ours, SessionIds.RefreshPrefix, w, out _, out _)));
    }
}
