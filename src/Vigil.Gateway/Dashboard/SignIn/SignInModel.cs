namespace Vigil.Gateway.Dashboard.SignIn;

/// <param name="Problem">Why the last try did not work.</param>
public sealed record SignInModel(string? Problem = null, string? Hint = null);
