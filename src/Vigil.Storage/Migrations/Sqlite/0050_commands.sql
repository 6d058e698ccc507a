-- Programs in the background: from before the start until the agent was told of the end. A handful of rows at any time.
CREATE TABLE command (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  node TEXT NOT NULL,
  line TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- What the agent is to be told of its end; null while it runs.
  report TEXT
) STRICT;

CREATE INDEX command_agent ON command (agent, started_at);
