using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>What a rule counts a request by.</summary>
internal static class RuleMatch
{
    /// <summary>
    /// Where a rule counts each user, or each value of a tag, and the request says none: it goes to the account that further values share, so that who leaves
    /// it out is held as well.
    /// </summary>
    public const string Nothing = "";

    /// <summary>Null where it is not for the request. By provider, nothing is known before a route is tried.</summary>
    public static string? ValueOf(RuleRecord rule, KeyRecord key, ModelEntry model, RequestOrigin? origin) => rule switch
    {
        { By: RuleRecord.ByModel, Value: { } meant } => model.IsMeantBy(meant) ? meant : null,
        { By: RuleRecord.ByModel } => model.Id,
        { IsByGroup: true } => key.AccessGroups.Has(rule.By, model) ? rule.By : null,
        { By: RuleRecord.ByUser, Value: { } user } => user == origin?.UserId || user == origin?.UserPseudonym ? user : null,
        { By: RuleRecord.ByUser } => origin?.UserPseudonym ?? Nothing,
        { Tag: { } tag, Value: { } value } => value == origin?.Tags?.GetValueOrDefault(tag) ? value : null,
        { Tag: { } tag } => origin?.Tags?.GetValueOrDefault(tag) ?? Nothing,
        _ => null,
    };
}
