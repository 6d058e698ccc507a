using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Storage.Events;

/// <summary>Advisory locks and notification channels belong to a whole database, so both are derived from the schema.</summary>
/// <param name="LockKey">Serialises the drawing of event ids.</param>
/// <param name="MigrationKey">Serialises migrations.</param>
internal sealed record PostgresEventNames(long LockKey, long MigrationKey, string Channel)
{
    public static PostgresEventNames Of(string schema)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes("vigil:" + schema));
        return new PostgresEventNames(
            BinaryPrimitives.ReadInt64BigEndian(hash),
            BinaryPrimitives.ReadInt64BigEndian(hash.AsSpan(8)),
            "vigil_" + Convert.ToHexStringLower(hash.AsSpan(16, 8)));
    }
}
