using System.Collections.Concurrent;
using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Ingress;

/// <summary>
/// The arithmetic of billing's accounts without its store, for worlds that are made by the hundred. Calls may fail, before they were heard or after; the
/// account then goes on from what it had stored.
/// </summary>
internal sealed class MemoryAccounts(Func<string, AccountSettings> settings, TimeProvider time) : IActorProxyFactory
{
    private readonly ConcurrentDictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private int _failing;

    public IReadOnlyDictionary<string, Account> All => _accounts;

    /// <summary>The next calls fail: every other one has been heard.</summary>
    public void FailNext(int calls) => Interlocked.Exchange(ref _failing, calls);

    public TActorInterface CreateActorProxy<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions? options = null)
        where TActorInterface : IActor =>
        typeof(TActorInterface) == typeof(IRuleActor) ? (TActorInterface)(IActor)new Rule(actorId.GetId()) : (TActorInterface)(IActor)Of(actorId.GetId());

    public object CreateActorProxy(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions? options = null) =>
        throw new NotSupportedException();

    public ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions? options = null) => throw new NotSupportedException();

    public Account Of(string id) => _accounts.GetOrAdd(id, static (id, by) => new Account(id, by), this);

    private static AccountBook Open(string id, AccountState state) => new(id, state, new AccountOptions());

    internal sealed class Account(string id, MemoryAccounts by) : IAccountActor
    {
        private readonly Lock _sync = new();
        private AccountBook? _book;

        public AccountStatus Status => Run(book => book.Status(by.Now));

        public AccountBalance Balance => Run(book => book.Balance());

        public void Sweep() => Run(book => book.Sweep(by.Now));

        public Task<LeaseGrant> AcquireLeaseAsync(LeaseRequest request) => CallAsync(book => book.Lease(request, by.Now));

        public Task<AccountStatus> ReturnLeaseAsync(LeaseReturn request) => CallAsync(book => book.Return(request, by.Now));

        public void Record(UsageEntry entry) => Run(book =>
        {
            book.Record(entry);
            return 0;
        });

        public Task<AccountStatus> GetStatusAsync() => Task.FromResult(Status);

        public Task<AccountStatus> ConfigureAsync(AccountSettings settings) => throw new NotSupportedException();

        public Task<RecordedUsage?> RecordUsageAsync(UsageBatch batch) => throw new NotSupportedException();

        public Task<bool> HasCountedAsync(CountedQuery query) => throw new NotSupportedException();

        public Task ForgetWarningsAsync(WarningsSent sent) => throw new NotSupportedException();

        public Task<AccountBalance> GetBalanceAsync() => throw new NotSupportedException();

        public Task<AccountUsage> GetUsageAsync(UsageQuery query) => throw new NotSupportedException();

        public Task<int?> GetRetentionAsync() => throw new NotSupportedException();

        public Task<bool> PurgeAsync() => throw new NotSupportedException();

        public Task<AccountFacts> GetFactsAsync(FactsQuery query) => throw new NotSupportedException();

        public Task<EventPage> ListEventsAsync(EventQuery query) => throw new NotSupportedException();

        private Task<T> CallAsync<T>(Func<AccountBook, T> call)
        {
            var left = Interlocked.Decrement(ref by._failing);
            if (left < 0)
                return Task.FromResult(Run(call));
            if (left % 2 == 0)
                Run(call);
            // Billing has died, and another replica reads what is stored.
            Run(book => _book = Open(id, JsonSerializer.Deserialize<AccountState>(JsonSerializer.Serialize(book.State))!));
            return Task.FromException<T>(new HttpRequestException("lost"));
        }

        private T Run<T>(Func<AccountBook, T> call)
        {
            lock (_sync)
            {
                if (_book is null)
                {
                    _book = Open(id, new AccountState());
                    _book.Configure(by.SettingsOf(id), by.Now);
                }

                return call(_book);
            }
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private AccountSettings SettingsOf(string id) => settings(id);

    private sealed class Rule(string id) : IRuleActor
    {
        public Task<RuleAccount> FindAccountAsync(RuleValue value) => Task.FromResult(new RuleAccount { AccountId = AccountIds.OfValue(id, value.Value) });

        public Task<RuleValue?> FindValueAsync(RuleAccountQuery query) => throw new NotSupportedException();

        public Task<RuleValues> ListAsync(RuleValueQuery query) => throw new NotSupportedException();
    }
}
