using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>Finds every mistake of a catalog, each with the path of its place; what its JSON may be, <see cref="CatalogReader"/> has looked at.</summary>
internal static class CatalogValidator
{
    /// <param name="file">All that is in force.</param>
    /// <param name="places">Where each of the models is written.</param>
    public static List<string> Check(CatalogFile file, IReadOnlyList<string> places)
    {
        var mistakes = new List<string>();
        foreach (var (name, provider) in file.Providers)
        {
            CheckProvider($"providers.{name}", provider, CloudAddress.IsCloud(name, provider), mistakes);
            CheckPlace($"providers.{name}", name, provider, mistakes);
        }

        WebEntryValidator.Check(file, mistakes);

        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < file.Models.Count; i++)
            CheckModel(places[i], file.Models[i], file, names, mistakes);
        return mistakes;
    }

    private static void CheckPlace(string path, string name, ProviderEntry provider, List<string> mistakes)
    {
        if (CloudAddress.IsBegun(provider))
        {
            foreach (var member in CloudAddress.Missing(name, provider))
                mistakes.Add($"{path}.{member}: is missing; '{provider.Descriptor ?? name}' cannot be called without it");
        }

        foreach (var (member, value) in (ReadOnlySpan<(string, string?)>)[("region", provider.Region), ("resource", provider.Resource)])
        {
            // They become part of a host name.
            if (value is not null && (value.Length == 0 || value.Any(static c => !char.IsAsciiLetterOrDigit(c) && c != '-')))
                mistakes.Add($"{path}.{member}: '{value}' is none; it has only letters, digits and dashes");
        }

        if (provider.PriceFactor <= 0)
            mistakes.Add($"{path}.priceFactor: must be positive");
    }

    private static void CheckProvider(string path, ProviderEntry provider, bool isCloud, List<string> mistakes)
    {
        if (!DialectNames.All.Contains(provider.Dialect))
            mistakes.Add($"{path}.dialect: '{provider.Dialect}' is unknown; one of {string.Join(", ", DialectNames.All)}");
        if (provider.Dialect != DialectNames.Demo && !(isCloud && provider.BaseUrl is null) &&
            !(Uri.TryCreate(provider.BaseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0))
        {
            mistakes.Add($"{path}.baseUrl: '{provider.BaseUrl}' is not an absolute http or https URL without a query");
        }

        if (provider is { Secret: not null, Secrets: not null })
            mistakes.Add($"{path}: give secret or secrets, not both");
        foreach (var (secret, weight) in provider.SecretWeights ?? new Dictionary<string, int>())
        {
            if (!provider.SecretNames.Contains(secret))
                mistakes.Add($"{path}.secretWeights: there is no secret '{secret}' in secrets");
            if (weight <= 0)
                mistakes.Add($"{path}.secretWeights.{secret}: must be positive");
        }

        CheckProxy(path, provider.Proxy, mistakes);
        if (provider.ClientCertificate is { } certificate && !File.Exists(certificate))
            mistakes.Add($"{path}.clientCertificate: there is no file '{certificate}'");
        if (provider.Timeouts.ConnectMs <= 0 || provider.Timeouts.FirstByteMs <= 0 || provider.Timeouts.IdleMs <= 0)
            mistakes.Add($"{path}.timeouts: every timeout is a positive number of milliseconds");
        if (provider.MaxConcurrency <= 0)
            mistakes.Add($"{path}.maxConcurrency: must be positive");
        foreach (var (header, value) in provider.Headers ?? new Dictionary<string, string>())
        {
            if (header.Length == 0 || header.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) || value.Any(char.IsControl))
                mistakes.Add($"{path}.headers: '{header}' is not a valid header");
        }
    }

    internal static void CheckProxy(string path, string? proxy, List<string> mistakes)
    {
        if (proxy is not null && proxy != ProviderEntry.NoProxy
            && !(Uri.TryCreate(proxy, UriKind.Absolute, out var via) && via.Scheme is "http" or "https" or "socks5" && via.Host.Length > 0))
            mistakes.Add($"{path}.proxy: '{proxy}' is neither an absolute URL such as http://proxy:3128 nor '{ProviderEntry.NoProxy}'");
    }

    internal static void CheckCurrency(string path, string? currency, List<string> mistakes)
    {
        if (currency is not { Length: 3 } || currency.Any(c => c is < 'A' or > 'Z'))
            mistakes.Add($"{path}.currency: '{currency}' is not a three-letter currency code");
    }

    private static void CheckModel(string path, ModelEntry model, CatalogFile file, Dictionary<string, string> names, List<string> mistakes)
    {
        if (string.IsNullOrWhiteSpace(model.Id))
            mistakes.Add($"{path}.id: is empty");
        foreach (var name in model.Aliases.Prepend(model.Id))
        {
            if (!names.TryAdd(name, path))
                mistakes.Add($"{path}: the name '{name}' is already taken by {names[name]}");
            CheckName(path, name, model, mistakes);
        }

        if (model.Routes.Count == 0)
            mistakes.Add($"{path}.routes: at least one route is needed");
        for (var i = 0; i < model.Routes.Count; i++)
        {
            var route = model.Routes[i];
            if (!file.Providers.ContainsKey(route.Provider))
                mistakes.Add($"{path}.routes[{i}].provider: there is no provider '{route.Provider}'");
            if (string.IsNullOrWhiteSpace(route.Model))
                mistakes.Add($"{path}.routes[{i}].model: is empty");
            if (route.Model.Contains('*') && !(model.IsPattern && route.Model.IndexOf('*') == route.Model.Length - 1))
                mistakes.Add($"{path}.routes[{i}].model: '{route.Model}' may have a * only at its end, for what the * of the model's id stands for");
            if (route.Weight <= 0)
                mistakes.Add($"{path}.routes[{i}].weight: must be positive");
            if (route.PriceFactor <= 0)
                mistakes.Add($"{path}.routes[{i}].priceFactor: must be positive");
            if (route.ContextTokens <= 0)
                mistakes.Add($"{path}.routes[{i}].contextTokens: must be positive");
            CheckPrice($"{path}.routes[{i}].price", route.Price, mistakes);
        }

        if (model.ContextTokens <= 0)
            mistakes.Add($"{path}.contextTokens: must be positive");
        if (model.MaxOutputTokens <= 0)
            mistakes.Add($"{path}.maxOutputTokens: must be positive");
        CheckPrice($"{path}.price", model.Price, mistakes);
    }

    private static void CheckName(string path, string name, ModelEntry model, List<string> mistakes)
    {
        if (name.IndexOf('*') is >= 0 and var star && star < name.Length - 1)
            mistakes.Add($"{path}: the name '{name}' may have a * only at its end");
        if (model.IsPattern && !NamePattern.Is(name))
            mistakes.Add($"{path}.aliases: '{name}' needs a * at its end, as the id has one");
        if (name.StartsWith(PickerNames.Prefix, StringComparison.OrdinalIgnoreCase))
            mistakes.Add($"{path}: the name '{name}' begins with {PickerNames.Prefix}, which the gateway itself puts before ids for Claude Code");
    }

    private static void CheckPrice(string path, Price? price, List<string> mistakes)
    {
        if (price is null)
            return;
        CheckCurrency(path, price.Currency, mistakes);
        if (price.PerMillion is null)
            mistakes.Add($"{path}.perMillion: is missing");
        CheckRates($"{path}.perMillion", price.PerMillion, mistakes);
        long below = 0;
        var at = $"{path}.longContext";
        for (var step = price.LongContext; step is not null; step = step.Longer)
        {
            CheckRates($"{at}.perMillion", step.PerMillion, mistakes);
            if (step.AboveInputTokens <= below)
                mistakes.Add($"{at}.aboveInputTokens: must be {(below == 0 ? "positive" : $"above {below}, that of the step before")}");
            below = step.AboveInputTokens;
            at += ".longContext";
        }

        if (price.PerRequest is { WebSearch: < 0 } or { WebFetch: < 0 })
            mistakes.Add($"{path}.perRequest: a rate is negative");
        foreach (var (name, factor) in price.Factors ?? new Dictionary<string, decimal>())
        {
            if (factor < 0)
                mistakes.Add($"{path}.factors.{name}: is negative");
        }
    }

    private static void CheckRates(string path, PerMillion? rates, List<string> mistakes)
    {
        if (rates is not null && new[] { rates.Input, rates.Output, rates.CacheRead, rates.CacheWrite5m, rates.CacheWrite1h }.Any(r => r < 0))
            mistakes.Add($"{path}: a rate is negative");
    }
}
