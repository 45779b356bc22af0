using System.Xml.Linq;
using Dapr.Client;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Gateway.AdminConsole.Sessions;

/// <summary>
/// The keys that cookies are sealed with, in the console's state store, so that a cookie of one replica is read by all, and by the process after the next
/// start. Asked for at the first use, and once a day: rarely enough to wait for it, on a thread of the pool (<c>PageHeaders</c> has left the sockets').
/// </summary>
internal sealed class ProtectionKeys(DaprClient dapr) : IXmlRepository
{
    private const string Name = "protection-keys";
    private const int MostTries = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public IReadOnlyCollection<XElement> GetAllElements() => Wait(async cancellation =>
        (await dapr.GetStateAsync<List<string>?>(ComponentNames.ConsoleStore, Name, cancellationToken: cancellation) ?? []).ConvertAll(XElement.Parse));

    public void StoreElement(XElement element, string friendlyName) => Wait(async cancellation =>
    {
        for (var i = 0; i < MostTries; i++)
        {
            var (keys, etag) = await dapr.GetStateAndETagAsync<List<string>?>(ComponentNames.ConsoleStore, Name, cancellationToken: cancellation);
            List<string> all = [.. keys ?? [], element.ToString(SaveOptions.DisableFormatting)];
            var first = new StateOptions { Concurrency = ConcurrencyMode.FirstWrite };
            if (await dapr.TrySaveStateAsync(ComponentNames.ConsoleStore, Name, all, etag, first, cancellationToken: cancellation))
                return true;
        }

        throw new InvalidOperationException("Other replicas write their keys at the same time.");
    });

    private static T Wait<T>(Func<CancellationToken, Task<T>> call)
    {
        using var limit = new CancellationTokenSource(Limit);
        return Task.Run(() => call(limit.Token)).GetAwaiter().GetResult();
    }
}
