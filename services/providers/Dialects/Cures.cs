using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Reads a refusal into what it is about, and says how the request could be sent again: first what gives nothing of it up, then what costs least.
/// <code>
///   another API -> the other mode -> a limit that fits -> a history without what is unreadable -> a field less, or spelt differently
/// </code>
/// One refusal names one thing, so cures come one after the other; what a cure does not change is left to whoever sends (it sees the bytes).
/// </summary>
public static partial class Cures
{
    /// <summary>The least that OpenAI's models can work with.</summary>
    private const int LeastTokens = 16;

    /// <summary>Field names that are also words: only a refusal that marks them as a name means the field.</summary>
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "stop", "include", "id", "store", "strict", "thinking", "reasoning",
    };

    public static IEnumerable<Cure> For(ProviderCall call, ProviderFailure failure)
    {
        var fault = failure.Fault;
        var known = call.Adjustments;
        if (failure.Kind is not (ErrorKind.InvalidRequest or ErrorKind.NotFound) && fault.Status is not (405 or 501))
            return [];
        return All().DistinctBy(c => c.Next).Where(c => !c.Next.Equals(known));

        IEnumerable<Cure> All()
        {
            if (OtherApi(call, fault) is { } api)
                yield return new Cure("api", known.MovingTo(api, call.Provider.Dialect.Name, call.CatalogDialect));
            if (failure.Kind == ErrorKind.NotFound)
                yield break;
            if (known.Stream is null && IsAboutMode(fault))
                yield return new Cure("stream", known with { Stream = !call.Streams });
            if (MostTokens(call, fault) is { } most)
                yield return new Cure("max_tokens", known with { MaxTokens = most });
            if (FewestTokens(call, fault) is { } fewest)
                yield return new Cure("max_tokens", known with { LeastTokens = fewest });
            if (NoEffort().IsMatch(fault.Message))
                yield return new Cure(Adjustments.Effort, known.Leaving(Adjustments.EffortOverNone));
            foreach (var row in Rows(call, fault))
                yield return Of(call, row, fault);
        }
    }

    private static Cure Of(ProviderCall call, Curable row, ProviderFault fault)
    {
        var known = call.Adjustments;
        if (row.Shows is { } quirk)
            return new Cure(row.Field.Length > 0 ? row.Field : QuirkSet.Name(quirk), known with { Quirks = known.Quirks.Or(QuirkSet.Of(quirk)) });
        // A level of effort this model does not know is no reason to give up on effort: the next lower one that all know (rule E92).
        if (row.Field is Adjustments.Effort or "reasoning.effort" or "reasoning" && call.Allows(Adjustments.EffortOverHigh)
            && call.Request.Effort is "xhigh" or "max" && Value().IsMatch(fault.Message))
            return new Cure(Adjustments.Effort, known.Leaving(Adjustments.EffortOverHigh));
        // A list of unknown fields is one refusal.
        return new Cure(row.Field, known.Leaving(fault.Fields.Select(f => Row(call, f)?.Field).OfType<string>().Prepend(row.Field)));
    }

    /// <summary>The rows that the refusal means: by the path it names, by the names in its words in their order, by what fields are for.</summary>
    private static IEnumerable<Curable> Rows(ProviderCall call, ProviderFault fault)
    {
        var text = fault.Message;
        var table = call.Provider.Dialect.Translation!.Cures;
        if (Row(call, fault.Code) is { IsHistory: true } item)
            yield return item;
        foreach (var row in table.Where(r => r.IsHistory && Speaks(r, text)))
            yield return row;
        var unknown = Unknown().IsMatch(text) || fault.Code is { } code && Unknown().IsMatch(code.Replace('_', ' '));
        if (unknown || Choices().IsMatch(text))
        {
            foreach (var path in fault.Fields)
            {
                if (Row(call, path) is { } named)
                    yield return named;
            }
        }

        if (unknown)
        {
            foreach (Match match in Paths().Matches(text))
            {
                if (Row(call, match.Value) is { } named && (!Words.Contains(match.Value) || IsMarked(text, match)))
                    yield return named;
            }
        }

        foreach (var row in table.Where(r => !r.IsHistory && Speaks(r, text)))
        {
            if (unknown || row.Field.Length == 0)
                yield return row;
        }
    }

    private static bool Speaks(Curable row, string text) =>
        row.Names is { } names && Regex.IsMatch(text, names, RegexOptions.IgnoreCase | RegexOptions.Singleline);

    /// <summary>The row for a path such as <c>messages[0].content[0].cache_control</c>, whose last steps are the field's.</summary>
    private static Curable? Row(ProviderCall call, string? path)
    {
        if (path is null)
            return null;
        var plain = Index().Replace(path, "");
        // What a schema holds is the client's.
        return InSchema().IsMatch(plain)
            ? null
            : call.Provider.Dialect.Translation!.Cures.FirstOrDefault(r => r.Field.Length > 0 && (plain == r.Field
                || plain.StartsWith(r.Field + ".", StringComparison.Ordinal) || plain.EndsWith("." + r.Field, StringComparison.Ordinal)
                || (r.Names is { } names && Regex.IsMatch(plain, $"(?:^|\\.)(?:{names})$"))));
    }

    /// <summary>Quoted, called a field, or what the sentence is about.</summary>
    private static bool IsMarked(string text, Match name)
    {
        var before = text[..name.Index];
        var after = text[(name.Index + name.Length)..];
        return (before.Length > 0 && after.Length > 0 && before[^1] is '\'' or '"' or '`' && after[0] == before[^1])
            || Marked().IsMatch(before) || after.StartsWith(':') || after.StartsWith(" parameter", StringComparison.Ordinal)
            || after.StartsWith(" field", StringComparison.Ordinal);
    }

    /// <summary>The other API of the provider, if the refusal sends there or there is none where it was sent.</summary>
    private static string? OtherApi(ProviderCall call, ProviderFault fault)
    {
        if (call.Provider.Sibling is not { } other || call.Adjustments.HasLeft(other))
            return null;
        var toResponses = other == DialectNames.OpenAiResponses;
        if ((toResponses ? ToResponses() : ToChat()).IsMatch(fault.Message))
            return other;
        // A model that is not there names itself; a path that is not there can't.
        return !toResponses && fault.Status is (404 or 405 or 501) && !fault.Message.Contains("model", StringComparison.OrdinalIgnoreCase)
            && fault.Code != "model_not_found" ? other : null;
    }

    private static bool IsAboutMode(ProviderFault fault) =>
        fault.Fields.Contains("stream") || (Mode().IsMatch(fault.Message) && ModeVerb().IsMatch(fault.Message));

    /// <summary>The limit named by an error that says the output limit is too large (rule E109).</summary>
    private static int? MostTokens(ProviderCall call, ProviderFault fault)
    {
        if (call.Request.MaxTokens is not { } asked || !IsAboutLimit(fault))
            return null;
        foreach (Match match in Limits().Matches(fault.Message))
        {
            var exclusive = match.Groups["exclusive"].Success;
            if (Number(match) - (exclusive ? 1 : 0) is { } limit && limit > 0 && limit < asked && limit != call.Adjustments.MaxTokens)
                return limit;
        }

        return null;
    }

    /// <summary>What an error that says the output limit is too small asks for.</summary>
    private static int? FewestTokens(ProviderCall call, ProviderFault fault)
    {
        if (call.Request.MaxTokens is not { } asked || call.Adjustments.LeastTokens is not null || !IsAboutLimit(fault))
            return null;
        if (Minima().Match(fault.Message) is { Success: true } match && Number(match) is { } least)
            return least > asked && least <= 4096 ? least : null;
        return asked < LeastTokens && OutputIsSpent(fault) ? LeastTokens : null;
    }

    /// <summary>The model had not done with thinking when its limit was reached, which Anthropic calls an answer.</summary>
    internal static bool OutputIsSpent(ProviderFault fault) => Spent().IsMatch(fault.Message);

    private static bool IsAboutLimit(ProviderFault fault) =>
        MaxField().IsMatch(fault.Message) || fault.Fields.Any(f => MaxField().IsMatch(f));

    private static int? Number(Match match) => int.TryParse(
        match.Groups.Values.Skip(1).First(g => g.Success).Value.Replace(",", "", StringComparison.Ordinal),
        NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex("max_|maxOutputTokens")]
    private static partial Regex MaxField();

    [GeneratedRegex(
        @"at most ([\d,]+)|less than or equal to `?([\d,]+)|\[\s*\d+\s*,\s*([\d,]+)\s*\]|<= ?([\d,]+)|between \d+ and ([\d,]+)|"
        + @"maximum (?:value )?(?:is|of) ([\d,]+)|(?:limit|max) (?:is|of) ([\d,]+)|to (?<exclusive>[\d,]+) \(exclusive\)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Limits();

    [GeneratedRegex(
        @"(?:at least|>=|greater than or equal to|minimum(?: value)?(?: of| is)?:?) ?`?([\d,]+)|\bmust be above ([\d,]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Minima();

    [GeneratedRegex(
        @"could not finish the message|(?:max_\w*tokens|output limit)\b.{0,40}\b(?:was|were|has been) reached|try again with (?:a )?higher max_",
        RegexOptions.IgnoreCase)]
    private static partial Regex Spent();

    [GeneratedRegex("value", RegexOptions.IgnoreCase)]
    private static partial Regex Value();

    [GeneratedRegex("supported values|valid values|allowed values|input should be '", RegexOptions.IgnoreCase)]
    private static partial Regex Choices();

    [GeneratedRegex(@"reasoning[._ ]effort['""`]?(?: to|=| as|:| must be| should be)? ?['""`]none\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoEffort();

    [GeneratedRegex(@"(?:v1)?/responses\b|\bresponses (?:api|endpoint)\b", RegexOptions.IgnoreCase)]
    private static partial Regex ToResponses();

    [GeneratedRegex(@"chat[/ ]completions?\b", RegexOptions.IgnoreCase)]
    private static partial Regex ToChat();

    [GeneratedRegex(@"\b(?:non-?)?stream(?:s|ing|ed)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mode();

    [GeneratedRegex(
        @"\bmust\b|\bonly\b|\brequire|\bsupport|\bverified\b|\ballow|\bshould\b|\bneed|\benable|\bdisable|\bavailable\b|\buse\b", RegexOptions.IgnoreCase)]
    private static partial Regex ModeVerb();

    [GeneratedRegex(@"[A-Za-z_]\w*(?:(?:\[\d+\]|\.\d+)*\.[A-Za-z_]\w*)*")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\[\d+\]|(?<=\.)\d+\.|^body\.")]
    private static partial Regex Index();

    [GeneratedRegex(@"(?:^|\.)(?:parameters|properties|input_schema|schema)\.")]
    private static partial Regex InSchema();

    [GeneratedRegex(@"(?:parameters?|fields?|arguments?(?: supplied)?|propert(?:y|ies)|names?|keys?|inputs?):? $", RegexOptions.IgnoreCase)]
    private static partial Regex Marked();

    [GeneratedRegex(
        "unknown|unrecogni[sz]ed|unsupported|not supported|not permitted|unexpected|(?:do|does|did) not support|(?:does|is)n't support|incompatible|"
        + "only [^ ]+ is allowed|not allowed|extra[ _](?:inputs|fields|forbidden)|invalid[ _](?:field|parameter|argument)|additional properties|"
        + "not available|not enabled|cannot be used|can't be used|not (?:yet )?implemented|not compatible|not recogni[sz]ed|no longer|deprecated|"
        + "(?:does not|doesn't) (?:accept|allow|take)|must be verified|forbidden|cannot find field|only the default|works? in thinking mode|is invalid",
        RegexOptions.IgnoreCase)]
    private static partial Regex Unknown();
}
