-- Sessions that API callers named without naming an agent, and the agent that the first use led to.
CREATE TABLE api_session (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Requests that came with an Idempotency-Key. Without an answer they run, on that node.
CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  path TEXT NOT NULL,
  model TEXT NOT NULL,
  headers TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  node TEXT NOT NULL,
  answer TEXT,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT;

CREATE INDEX idempotency_expires ON idempotency (expires_at);

-- Answers of /v1/responses with what was said in each; a conversation is a chain of them.
CREATE TABLE response (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  session TEXT,
  previous TEXT,
  created_at INTEGER NOT NULL,
  messages TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;

CREATE INDEX response_created ON response (created_at);
