using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Vigil.Cron;
using Vigil.Api;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Nodes;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.State;
using Vigil.Storage.Cron;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Storage.Events;
using Vigil.Storage.Heartbeat;
using Vigil.Storage.Idempotency;
using Vigil.Storage.Keys;
using Vigil.Storage.Ledger;
using Vigil.Storage.Nodes;
using Vigil.Storage.Notify;
using Vigil.Storage.Responses;
using Vigil.Storage.Runs;
using Vigil.Storage.Sessions;
using Vigil.Storage.State;
using Vigil.Storage.Tools;
using Vigil.Storage.Work;
using Vigil.Store;
using Vigil.Tasks;
using Vigil.Time;
using Vigil.Tools.Shell;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage;

/// <summary>Registers the stores.</summary>
public static class StorageServices
{
    /// <summary>Registers every store on the database that the options name. <see cref="IStore.OpenAsync"/> must have completed before any of them is used.</summary>
    public static IServiceCollection AddVigilStorage(this IServiceCollection services, Func<IServiceProvider, StorageOptions> options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => Open(options(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => (IStore)provider.GetRequiredService<IDatabase>());
        services.AddSingleton<IEventLog, EventLog>();
        services.AddSingleton<IKeyStore, KeyStore>();
        services.AddSingleton<ISignInStore, SignInStore>();
        services.AddSingleton<IHousekeeping, SignInUpkeep>();
        services.AddSingleton<INodeBook, NodeBook>();
        services.AddSingleton<IWorkStore, WorkStore>();
        services.AddSingleton<IDayBook, DayBook>();
        services.AddSingleton<IRunStore, RunStore>();
        services.AddSingleton<ISessionStore, SessionStore>().AddSingleton<IHousekeeping, WordIndex>();
        services.AddSingleton<RunBeginnings>().AddSingleton<ISessionTurns, SessionTurns>();
        services.AddSingleton<INotificationStore, NotificationStore>();
        services.AddSingleton<ILedger, LedgerStore>().AddSingleton<IBudgetHolds, BudgetHolds>();
        services.AddSingleton<IStateStore, StateStore>();
        services.AddSingleton<IHeartbeatStore, HeartbeatStore>();
        services.AddSingleton<ICommandStore, CommandStore>();
        services.AddSingleton<IScheduleStore, ScheduleStore>();
        services.AddSingleton<IPostStore, PostStore>();
        services.AddSingleton<IApiSessions, ApiSessions>().AddSingleton<IIdempotency, IdempotencyStore>().AddSingleton<IResponses, ResponseStore>();
        services.AddSingleton<IHousekeeping, ApiUpkeep>();
        return services;
    }

    public static IServiceCollection AddVigilStorage(this IServiceCollection services, StorageOptions options) => services.AddVigilStorage(_ => options);

    private static IDatabase Open(StorageOptions options, TimeProvider time, ILoggerFactory loggers) => options.Kind == StorageKind.Postgres
        ? new PostgresDatabase(options, time, loggers.CreateLogger("Vigil.Storage"))
        : new SqliteDatabase(options, time);
}
