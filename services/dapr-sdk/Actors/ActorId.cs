#nullable disable
using System.Security.Cryptography;

namespace Dapr.Actors;

public class ActorId
{
    private readonly string _id;

    public ActorId(string id)
    {
        if (string.IsNullOrWhiteSpace(id)) throw new ArgumentException("Value cannot be null or white space.", nameof(id));
        _id = id;
    }

    public static ActorId CreateRandom() => new(RandomNumberGenerator.GetHexString(32, lowercase: true));

    public static bool operator ==(ActorId id1, ActorId id2) => id1 is null ? id2 is null : id1.Equals(id2);

    public static bool operator !=(ActorId id1, ActorId id2) => !(id1 == id2);

    public string GetId() => _id;

    public override string ToString() => _id;

    // Equality ignores case, the hash code does not: so it is in the official package, and a dictionary of actors keeps "a" and "A" apart.
    public override int GetHashCode() => _id.GetHashCode(StringComparison.Ordinal);

    public override bool Equals(object obj) => obj is ActorId other && Equals(other);

    public bool Equals(ActorId other) => other is not null && string.Equals(_id, other._id, StringComparison.OrdinalIgnoreCase);

    public int CompareTo(ActorId other) => other is null ? 1 : string.Compare(_id, other._id, StringComparison.OrdinalIgnoreCase);
}
