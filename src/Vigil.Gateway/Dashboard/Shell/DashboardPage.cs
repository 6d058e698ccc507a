using Microsoft.AspNetCore.Components;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>A page: everything that it shows is in its model, read before it is drawn. It asks no store.</summary>
public abstract class DashboardPage<TModel> : ComponentBase
{
    [Parameter, EditorRequired]
    public PageFrame Frame { get; set; } = null!;

    [Parameter, EditorRequired]
    public TModel Model { get; set; } = default!;
}
