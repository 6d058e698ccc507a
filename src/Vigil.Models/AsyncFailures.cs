using System.Runtime.CompilerServices;

namespace Vigil.Models;

internal static class AsyncFailures
{
    /// <summary>The same sequence, with the source's exceptions replaced where <paramref name="translate"/> knows a failure for them.</summary>
    public static async IAsyncEnumerable<T> Translate<T>(this IAsyncEnumerable<T> source, Func<Exception, ModelFailure?> translate,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var items = source.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    yield break;
            }
            catch (Exception e) when (Failure(e, translate, cancellationToken) is { } failure)
            {
                throw new ModelFailureException(failure, e);
            }

            yield return items.Current;
        }
    }

    public static async Task<T> Translate<T>(this Task<T> source, Func<Exception, ModelFailure?> translate, CancellationToken cancellationToken)
    {
        try
        {
            return await source;
        }
        catch (Exception e) when (Failure(e, translate, cancellationToken) is { } failure)
        {
            throw new ModelFailureException(failure, e);
        }
    }

    // An SDK may wrap what the handler below it threw.
    private static ModelFailure? Failure(Exception e, Func<Exception, ModelFailure?> translate, CancellationToken cancellationToken)
    {
        if (e is ModelFailureException || cancellationToken.IsCancellationRequested)
            return null;
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
            if (inner is ModelFailureException known)
                return known.Failure;
        return translate(e);
    }
}
