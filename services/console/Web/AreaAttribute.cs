using Gateway.Hosting;

namespace Gateway.AdminConsole.Web;

/// <summary>
/// A page that stands in the navigation: under which name, at which place, and for whom. The page says it of itself, so that an area is added by its folder
/// alone.
/// </summary>
/// <param name="name">As it stands in the navigation.</param>
/// <param name="place">Lower ones come first.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AreaAttribute(string name, int place) : Attribute
{
    public string Name { get; } = name;

    public int Place { get; } = place;

    /// <summary>The name of a rule of <see cref="AdminRule"/>; without, whoever is signed in sees it.</summary>
    public string? Needs { get; init; }

    public AdminRule? Rule => Needs is null ? null : (AdminRule)typeof(AdminRule).GetProperty(Needs)!.GetValue(null)!;
}
