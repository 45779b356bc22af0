using System.Text;

namespace Gateway.Providers;

/// <summary>The quirks that hold for a provider.</summary>
public readonly record struct QuirkSet
{
    private static readonly Dictionary<string, Quirk> ByName =
        Enum.GetValues<Quirk>().ToDictionary(q => Kebab(q.ToString()), StringComparer.Ordinal);

    private readonly UInt128 _bits;

    private QuirkSet(UInt128 bits) => _bits = bits;

    public static IEnumerable<string> Names => ByName.Keys;

    public static QuirkSet Of(params ReadOnlySpan<Quirk> quirks)
    {
        UInt128 bits = 0;
        foreach (var quirk in quirks)
            bits |= Bit(quirk);
        return new QuirkSet(bits);
    }

    public bool Has(Quirk quirk) => (_bits & Bit(quirk)) != 0;

    public QuirkSet Or(QuirkSet other) => new(_bits | other._bits);

    public QuirkSet Without(QuirkSet other) => new(_bits & ~other._bits);

    /// <summary>As the catalog spells it.</summary>
    public static string Name(Quirk quirk) => Kebab(quirk.ToString());

    public static bool TryParse(string name, out Quirk quirk) => ByName.TryGetValue(name, out quirk);

    /// <summary>
    /// This set with the catalog's names applied in order; <c>!name</c> takes one out. Unknown names are ignored here and reported by
    /// <see cref="ProviderDescriptors.Problems"/>.
    /// </summary>
    public QuirkSet With(IEnumerable<string> names)
    {
        var bits = _bits;
        foreach (var name in names)
        {
            var off = name.StartsWith('!');
            if (!TryParse(off ? name[1..] : name, out var quirk))
                continue;
            bits = off ? bits & ~Bit(quirk) : bits | Bit(quirk);
        }

        return new QuirkSet(bits);
    }

    /// <summary>Those that the catalog's names switch off.</summary>
    public static QuirkSet SwitchedOff(IEnumerable<string> names) =>
        default(QuirkSet).With(names.Where(n => n.StartsWith('!')).Select(n => n[1..]));

    private static UInt128 Bit(Quirk quirk) => UInt128.One << (int)quirk;

    private static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
