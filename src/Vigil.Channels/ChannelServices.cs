using Microsoft.Extensions.DependencyInjection;
using Vigil.Notify;

namespace Vigil.Channels;

/// <summary>Registers the channels.</summary>
public static class ChannelServices
{
    /// <summary>The channels that come with Vigil: webhook, ntfy, command. The inbox needs none.</summary>
    public static IServiceCollection AddVigilChannels(this IServiceCollection services)
        => services
            .AddSingleton<OutsideHttp>()
            .AddSingleton<IChannel, WebhookChannel>()
            .AddSingleton<IChannel, NtfyChannel>()
            .AddSingleton<IChannel, CommandChannel>();
}
