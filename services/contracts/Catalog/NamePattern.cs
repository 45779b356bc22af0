using System.Buffers;

namespace Gateway.Contracts.Catalog;

/// <summary>A name of a model that ends in <c>*</c>: it means every name that begins like it and that no model has.</summary>
internal sealed record NamePattern(string Prefix, ModelEntry Model)
{
    /// <summary>Longer than any name a provider has given a model.</summary>
    private const int MaxLength = 200;

    /// <summary>What ids of models are made of. Nothing else may come from a client into the headers, addresses and reports that have them.</summary>
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:@+/");

    public static bool Is(string name) => name.EndsWith('*');

    /// <summary>A name that is meant.</summary>
    public static string ExampleOf(string name) => Is(name) ? name[..^1] + "x" : name;

    /// <summary>The model that the pattern stands for where it means the name, else null.</summary>
    public ModelEntry? Fill(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || name.Length == Prefix.Length || name.Length > MaxLength)
            return null;
        var rest = name[Prefix.Length..];
        if (rest.AsSpan().ContainsAnyExcept(Allowed) || rest[0] == '/' || rest[^1] == '/' || rest.Contains("..") || rest.Contains("//"))
            return null;
        if (!Is(Model.Id))
            return Model;
        // No id of Claude has a dot or a capital letter, and clients write both.
        if (Prefix.AsSpan(Prefix.LastIndexOf('/') + 1).StartsWith("claude-", StringComparison.Ordinal))
            rest = rest.ToLowerInvariant().Replace('.', '-');
        return Model with
        {
            Id = Filled(Model.Id),
            Aliases = [.. Model.Aliases.Select(Filled)],
            Routes = [.. Model.Routes.Select(r => r with { Model = Filled(r.Model) })],
            DisplayName = null,
            Description = null,
        };

        string Filled(string pattern) => Is(pattern) ? string.Concat(pattern.AsSpan(0, pattern.Length - 1), rest) : pattern;
    }
}
