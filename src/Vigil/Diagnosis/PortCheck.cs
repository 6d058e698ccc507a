using System.Net;
using System.Net.Sockets;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>The gateway's port is free, or the gateway itself has it.</summary>
/// <param name="isOurs">Whether a gateway of this home answers at the address.</param>
internal sealed class PortCheck(SettingsInputs inputs, Func<IPEndPoint, CancellationToken, Task<bool>> isOurs) : IDoctorCheck
{
    public string Area => "port";

    public async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        if (SettingsCheck.Read(inputs, out _).Snapshot?.Settings.Gateway is not { } gateway)
            return [Finding.Warn(Area, "not looked at, because vigil.json is broken", "Mend vigil.json first.")];
        if (gateway.Port == 0)
            return [Finding.Ok(Area, "any free one will be taken")];
        var address = IPAddress.TryParse(gateway.Bind, out var parsed) ? parsed : IPAddress.Loopback;
        try
        {
            using var trial = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            trial.Bind(new IPEndPoint(address, gateway.Port));
            trial.Listen();
            return [Finding.Ok(Area, $"{gateway.Port} is free")];
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            var any = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
            return await isOurs(new IPEndPoint(any ? IPAddress.Loopback : address, gateway.Port), cancellationToken)
                ? [Finding.Ok(Area, $"{gateway.Port} is the running gateway's")]
                : [Finding.Error(Area, $"{gateway.Port} is used by another program", "Stop that program, or set gateway.port in vigil.json to another port.")];
        }
        catch (SocketException refused)
        {
            return [Finding.Error(Area, $"cannot listen on {gateway.Bind}:{gateway.Port}: {refused.SocketErrorCode}",
                "Set gateway.bind and gateway.port in vigil.json to an address of this machine and a port above 1023.")];
        }
    }
}
