using System.Globalization;

namespace Gateway.Providers.Requests;

/// <summary>Where something is in the request's body, such as <c>messages.3.content.0</c>: put into words only for the error that names it.</summary>
/// <param name="Name">The member; null for an item of an array.</param>
public sealed record Place(Place? Parent, string? Name, int Index)
{
    public override string ToString()
    {
        var last = Name ?? Index.ToString(CultureInfo.InvariantCulture);
        return Parent is null ? last : $"{Parent}.{last}";
    }
}
