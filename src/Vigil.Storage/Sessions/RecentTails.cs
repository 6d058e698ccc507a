using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;

namespace Vigil.Storage.Sessions;

/// <summary>
/// The newest messages of the long conversations that were read last, so that a turn reads only what came since. A message never changes once it is written, so what was read
/// holds, also while other nodes write.
/// </summary>
internal sealed class RecentTails
{
    /// <summary>Those of short ones are read as quickly as they are found here.</summary>
    private const int FewMessages = 16;

    /// <summary>Characters of all that is kept.</summary>
    private const long Most = 2_000_000;

    private readonly Dictionary<SessionKey, Entry> _entries = [];
    private readonly Lock _lock = new();
    private long _characters;
    private long _uses;

    /// <summary>Messages that follow each other, oldest first; none when nothing is kept.</summary>
    public IReadOnlyList<StoredMessage> Find(Session session)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(session.Key, out var entry))
                return [];
            entry.UsedAt = ++_uses;
            return entry.CreatedAt == session.CreatedAt && entry.Messages[^1].Message.Seq <= session.Messages ? entry.Messages : [];
        }
    }

    /// <summary>Keeps them unless they are few, or too large: pictures stay in the store, their size counts nowhere else.</summary>
    /// <param name="session">Whose messages.</param>
    /// <param name="messages">Oldest first, none left out between them.</param>
    public void Keep(Session session, IReadOnlyList<StoredMessage> messages)
    {
        var characters = messages.Sum(message => message.Size);
        lock (_lock)
        {
            Drop(session.Key);
            if (messages.Count <= FewMessages || characters > Most / 4 || messages.Any(HasData))
                return;
            _entries.Add(session.Key, new Entry(session.CreatedAt, messages, characters) { UsedAt = ++_uses });
            _characters += characters;
            if (_characters <= Most)
                return;
            foreach (var key in _entries.OrderBy(entry => entry.Value.UsedAt).Select(entry => entry.Key).ToList())
            {
                Drop(key);
                if (_characters <= Most / 2)
                    return;
            }
        }
    }

    private static bool HasData(StoredMessage message) => message.Message.Message.Contents.Any(content => content is DataContent);

    private void Drop(SessionKey key)
    {
        if (_entries.Remove(key, out var entry))
            _characters -= entry.Characters;
    }

    private sealed record Entry(DateTimeOffset CreatedAt, IReadOnlyList<StoredMessage> Messages, long Characters)
    {
        public long UsedAt { get; set; }
    }
}
