using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>What new keys and users of a team get without being told.</summary>
internal sealed partial class KeyDirectoryActor
{
    /// <summary>Of a team, and where it says nothing of its organisation; empty for none, and for a team that is not there.</summary>
    private async Task<GroupDefaults> DefaultsAsync(string? teamId)
    {
        if (teamId is null || await FindGroupAsync(teamId) is not { Group: var team })
            return new();
        var organization = team.Parent is { } parent ? (await FindGroupAsync(parent))?.Group.Defaults : null;
        return new()
        {
            Key = DefaultSettings.Over(team.Defaults?.Key, organization?.Key),
            User = DefaultSettings.Over(team.Defaults?.User, organization?.User),
        };
    }

    /// <summary>A null among them is a mistake of the body, and stays.</summary>
    private async Task<IReadOnlyList<NewKeySettings>> WithDefaultsAsync(IReadOnlyList<NewKeySettings> all)
    {
        var whole = new List<NewKeySettings>(all.Count);
        foreach (var settings in all)
        {
            whole.Add((await DefaultsAsync(settings?.TeamId)).Key is not { } defaults ? settings! : settings! with
            {
                Limits = settings.SaysLimits ? settings.Limits : defaults.Limits,
                Budget = settings.SaysBudget ? settings.Budget : defaults.Budget,
                Models = settings.SaysModels ? settings.Models : defaults.Models,
                QueueSeconds = settings.SaysQueueSeconds ? settings.QueueSeconds : defaults.QueueSeconds,
            });
        }

        return whole;
    }

    private void CheckDefaults(string path, DefaultSettings? defaults, DefaultSettings? before, AccessGroups access, Dictionary<string, string[]> errors)
    {
        CheckModels(path, defaults?.Models, before?.Models, access, errors);
        CheckCurrency(path, defaults?.Models is { } models ? access.Open(models) : null, defaults?.Budget, errors);
    }
}
