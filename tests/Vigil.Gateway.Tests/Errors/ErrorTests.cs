using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Errors;

public sealed class ErrorTests
{
    [Fact]
    public async Task P19_P20_UnderV1AnErrorHasTheShapeOfTheOriginalApi()
    {
        await using var host = await GatewayHost.StartAsync(app => app.MapPost("/v1/fault", Throw).OpenToAll());
        using var client = await host.SignedInAsync();
        var error = await (await client.PostAsync("/v1/fault", null)).ErrorAsync(HttpStatusCode.NotFound, "model_not_found");
        Assert.Equal(["code", "message", "param", "type"], error.EnumerateObject().Select(field => field.Name).Order());
        Assert.Equal("There is no model 'x'. Ask for vigil.", error.Text("message"));
        Assert.Equal(("model", "invalid_request_error"), (error.Text("param"), error.Text("type")));
        await (await client.GetAsync("/v1/nowhere")).ErrorAsync(HttpStatusCode.NotFound, "not_found");

        static string Throw() => throw new FaultException(new Fault("model_not_found", "There is no model 'x'.", "Ask for vigil.", "model") { Kind = FaultKind.NotFound });
    }

    [Fact]
    public async Task P20_UnknownPathsAndWrongMethodsAreJson()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        var missing = await (await client.GetAsync("/api/nowhere")).ErrorAsync(HttpStatusCode.NotFound, "not_found");
        Assert.Contains("/api/nowhere", missing.Text("message"), StringComparison.Ordinal);
        var wrong = await client.PutAsync("/api/status", null);
        await wrong.ErrorAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Equal(["GET"], wrong.Content.Headers.Allow);
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/healthz"))).StatusCode);
    }

    [Fact]
    public async Task P22_AnUnforeseenFaultIs500WithoutATraceAndItsIdIsInTheLog()
    {
        await using var host = await GatewayHost.StartAsync(app => app.MapGet("/api/bug", Throw).OpenToAll());
        using var client = host.Anonymous();
        var response = await client.GetAsync("/api/bug");
        var error = await response.ErrorAsync(HttpStatusCode.InternalServerError, "internal_error");
        Assert.DoesNotContain("inner detail", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var line = Assert.Single(host.Log.Lines, line => line.Contains(error.Text("correlationId"), StringComparison.Ordinal));
        Assert.Contains("inner detail", line, StringComparison.Ordinal);

        static string Throw() => throw new InvalidOperationException("inner detail");
    }

    [Theory]
    [InlineData(FaultKind.Invalid, 400)]
    [InlineData(FaultKind.Unauthenticated, 401)]
    [InlineData(FaultKind.Forbidden, 403)]
    [InlineData(FaultKind.NotFound, 404)]
    [InlineData(FaultKind.Conflict, 409)]
    [InlineData(FaultKind.TooLarge, 413)]
    [InlineData(FaultKind.TooMany, 429)]
    [InlineData(FaultKind.Provider, 502)]
    [InlineData(FaultKind.Unavailable, 503)]
    [InlineData(FaultKind.Timeout, 504)]
    public async Task Fault_OfEachKind_HasItsStatus(FaultKind kind, int status)
    {
        await using var host = await GatewayHost.StartAsync(app => app.MapGet("/api/fault", string () => throw new FaultException(new Fault("x", "y") { Kind = kind }) { RetryAfter = TimeSpan.FromSeconds(1.2) }).OpenToAll());
        using var client = host.Anonymous();
        var response = await client.GetAsync("/api/fault");
        await response.ErrorAsync((HttpStatusCode)status, "x");
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task P59_ABodyOverTheLimitIs413WithAndWithoutALength(bool withLength)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.SignedInAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/keys") { Content = new StreamContent(new MemoryStream(new byte[BodyLimit.Default + 1])) };
        if (!withLength)
        {
            request.Content = new StreamContent(new UnknownLength(BodyLimit.Default + 1));
            request.Headers.TransferEncodingChunked = true;
        }
        await (await client.SendAsync(request)).ErrorAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task P59_AnEndpointMayTakeMoreOrLess()
    {
        await using var host = await GatewayHost.StartAsync(app =>
        {
            app.MapPost("/hooks/test", ReadAsync).OpenToAll().WithBodyLimit(BodyLimit.Hooks);
            app.MapPost("/v1/test", ReadAsync).OpenToAll().WithBodyLimit(BodyLimit.OpenAi);
        });
        using var client = host.Anonymous();
        await (await client.PostAsync("/hooks/test", new ByteArrayContent(new byte[BodyLimit.Hooks + 1]))).ErrorAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        Assert.Equal("2000000", await (await client.PostAsync("/v1/test", new ByteArrayContent(new byte[2_000_000]))).Content.ReadAsStringAsync());

        static async Task<string> ReadAsync(HttpRequest request)
        {
            using var copy = new MemoryStream();
            await request.Body.CopyToAsync(copy);
            return copy.Length.ToString(null as IFormatProvider);
        }
    }

    private sealed class UnknownLength(long bytes) : MemoryStream(new byte[bytes])
    {
        public override bool CanSeek => false;
    }
}
