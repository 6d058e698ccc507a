using Vigil.Browser.Tests.Support;

namespace Vigil.Browser.Tests;

/// <summary>All tests look at one staged day, one after the other: a test that changes something changes things of its own.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
