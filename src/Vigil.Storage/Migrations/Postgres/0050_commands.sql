-- Programs in the background: from before the start until the agent was told of the end. A handful of rows at any time.
CREATE TABLE command (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  node text COLLATE "C" NOT NULL,
  line text COLLATE "C" NOT NULL,
  started_at bigint NOT NULL,
  -- What the agent is to be told of its end; null while it runs.
  report text COLLATE "C"
);

CREATE INDEX command_agent ON command (agent, started_at);
