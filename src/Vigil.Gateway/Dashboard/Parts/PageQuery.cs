using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>The filters of a list as they stand in its address. Words and ids only: what people or agents wrote never stands in an address.</summary>
public sealed class PageQuery
{
    private readonly string _path;
    private readonly List<KeyValuePair<string, string?>> _values;

    private PageQuery(string path, IEnumerable<KeyValuePair<string, string?>> values)
    {
        _path = path;
        _values = [.. values];
    }

    /// <summary>The value, or null when it is absent or blank.</summary>
    public string? this[string name] => _values.FirstOrDefault(pair => pair.Key == name).Value;

    public bool IsFiltered => _values.Any(pair => pair.Key != "after");

    /// <param name="names">Those that the page knows; others are dropped.</param>
    public static PageQuery Read(HttpRequest request, params IReadOnlyList<string> names)
        => new(request.Path, names.Append("after").Where(name => !string.IsNullOrWhiteSpace(request.Query[name])).Select(name => KeyValuePair.Create(name, (string?)request.Query[name].ToString().Trim())));

    /// <summary>The address with one value changed, from the start of the list.</summary>
    public string With(string name, string? value)
        => QueryHelpers.AddQueryString(_path, _values.Where(pair => pair.Key != name && pair.Key != "after").Append(KeyValuePair.Create(name, value)).Where(pair => pair.Value is not null));
}
