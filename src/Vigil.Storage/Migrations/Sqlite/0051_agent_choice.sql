-- Who chose the agent of a chat turn; runs of works have none, their source chose.
ALTER TABLE run ADD COLUMN agent_decided_by TEXT;

-- A conversation that names no agent is main's. SQLite cannot change the default of a column in place.
CREATE TABLE session_new (
  key TEXT PRIMARY KEY,
  agent TEXT NOT NULL DEFAULT 'main',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  person_at INTEGER,
  messages INTEGER NOT NULL DEFAULT 0,
  reset_seq INTEGER NOT NULL DEFAULT 0,
  summary TEXT,
  summary_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO session_new SELECT key, agent, created_at, updated_at, person_at, messages, reset_seq, summary, summary_seq FROM session;
DROP TABLE session;
ALTER TABLE session_new RENAME TO session;
CREATE INDEX session_updated ON session (updated_at, key);
CREATE INDEX session_agent ON session (agent, updated_at, key);
