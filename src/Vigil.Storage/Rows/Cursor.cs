using System.Globalization;
using Vigil.Errors;

namespace Vigil.Storage.Rows;

/// <summary>Where a page of a list ended: the sort value of its last row and that row's id.</summary>
internal readonly record struct Cursor(long At, string Id)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At}.{Id}");

    /// <exception cref="FaultException">The text is no cursor; callers hand in what a client sent.</exception>
    public static Cursor? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && long.TryParse(text.AsSpan(0, dot), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at) && !text.Contains('\0', StringComparison.Ordinal))
            return new Cursor(at, text[(dot + 1)..]);
        throw new FaultException(new Fault("bad_cursor", "'after' is not a cursor that a list returned.", "Take 'next' of the page before, or leave 'after' out.", "after"));
    }

    /// <summary>One more than the limit is asked for; the surplus row says that there is a next page.</summary>
    public static Page<T> Page<TRow, T>(IReadOnlyList<TRow> rows, int limit, Func<TRow, Cursor> cursor, Func<TRow, T> item)
        => rows.Count > limit
            ? new Page<T>([.. rows.Take(limit).Select(item)], limit == 0 ? null : cursor(rows[limit - 1]).ToString())
            : new Page<T>([.. rows.Select(item)], null);
}
