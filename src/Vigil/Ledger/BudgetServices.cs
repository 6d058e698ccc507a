using Microsoft.Extensions.DependencyInjection;
using Vigil.Models;
using Vigil.Work;

namespace Vigil.Ledger;

/// <summary>Registers budgets.</summary>
public static class BudgetServices
{
    /// <summary>Budgets: a look before each model call and before each work. Call it after the model caller is registered; it goes around that one.</summary>
    public static IServiceCollection AddVigilBudgets(this IServiceCollection services)
    {
        var inner = services.Last(one => one.ServiceType == typeof(IModelCaller));
        services.Remove(inner);
        services.AddSingleton<BudgetGuard>().AddSingleton<KeyBudget>().AddSingleton<BudgetNotices>().AddSingleton<SavingsEstimate>();
        services.AddSingleton<IInputGate, BudgetGate>();
        services.AddSingleton<IModelCaller>(provider => ActivatorUtilities.CreateInstance<BudgetedModelCaller>(provider, Make(inner, provider)));
        return services;
    }

    private static IModelCaller Make(ServiceDescriptor descriptor, IServiceProvider provider)
        => (IModelCaller)(descriptor.ImplementationInstance ?? descriptor.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));
}
