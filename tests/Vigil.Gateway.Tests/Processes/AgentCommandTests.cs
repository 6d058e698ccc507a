namespace Vigil.Gateway.Tests.Processes;

public sealed class AgentCommandTests : HomeTest
{
    [Fact]
    public async Task A57_A58_A59_A61_A62_Agents_AgainstARunningGateway()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var (code, list, hint) = await VigilProcess.RunAsync(Home, "agent", "list");
        Assert.Equal(0, code);
        Assert.Contains("main *", list, StringComparison.Ordinal);
        Assert.Contains("vigil agent add", hint, StringComparison.Ordinal);
        Assert.Contains("Made coder", await RunAsync(0, "agent", "add", "coder"), StringComparison.Ordinal);
        await RunAsync(1, "agent", "add", "coder");
        await RunAsync(2, "agent", "add", "No Name");
        await RunAsync(0, "agent", "clone", "coder", "twin");
        Assert.Contains("Did you mean coder?", await RunAsync(1, "agent", "show", "codr"), StringComparison.Ordinal);
        Assert.Contains("You are a calm, capable colleague.", await RunAsync(0, "agent", "show", "twin"), StringComparison.Ordinal);
        Assert.Contains("Route 0: platform telegram, chat_id 42 → coder", await RunAsync(0, "route", "add", "coder", "--platform", "telegram", "--chat", "42"), StringComparison.Ordinal);
        await RunAsync(2, "route", "add", "coder");
        await RunAsync(2, "route", "test", "--chat", "42");
        Assert.Contains("coder, decided by route 0", await RunAsync(0, "route", "test", "--platform", "telegram", "--chat", "42"), StringComparison.Ordinal);
        Assert.Contains("chat_id is 43, the route wants 42", await RunAsync(0, "route", "test", "--platform", "telegram", "--chat", "43"), StringComparison.Ordinal);
        Assert.Contains("platform telegram, chat_id 42", await RunAsync(0, "route", "list"), StringComparison.Ordinal);
        Assert.Contains("1 route (0)", await RunAsync(1, "agent", "remove", "coder"), StringComparison.Ordinal);
        await RunAsync(1, "agent", "remove", "main", "--yes");
        Assert.Contains("Its files lie in", await RunAsync(0, "agent", "remove", "coder", "--yes"), StringComparison.Ordinal);
        Assert.Equal(0, Json(await RunAsync(0, "route", "list", "--json")).GetProperty("items").GetArrayLength());
        Assert.Equal(["main", "twin"], Json(await RunAsync(0, "agent", "list", "--json")).GetProperty("items").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        await RunAsync(0, "route", "add", "twin", "--platform", "slack");
        await RunAsync(0, "route", "remove", "0");
    }

    [Fact]
    public async Task A45_AFirstStartWithABrokenRoutesFile_IsRefusedWithFileAndLine()
    {
        Directory.CreateDirectory(Home);
        await File.WriteAllTextAsync(Path.Combine(Home, "routes.json"), """
            { "routes": [
              { "match": { "chatid": "1" }, "agent": "main" }
            ] }
            """);
        var errors = await RunAsync(1, "up", "--port", "0");
        Assert.Contains("routes.json:2:", errors, StringComparison.Ordinal);
        Assert.Contains("chat_id", errors, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(int code, params string[] arguments)
    {
        var (exit, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.True(code == exit, $"vigil {string.Join(' ', arguments)} ended {exit}: {output}{errors}");
        return code == 0 ? output : errors;
    }
}
