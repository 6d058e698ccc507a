-- Sessions that API callers named without naming an agent, and the agent that the first use led to.
CREATE TABLE api_session (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL
);

-- Requests that came with an Idempotency-Key. Without an answer they run, on that node.
CREATE TABLE idempotency (
  caller text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  path text NOT NULL,
  model text NOT NULL,
  headers text NOT NULL,
  body_hash text NOT NULL,
  node text COLLATE "C" NOT NULL,
  answer text,
  expires_at bigint NOT NULL,
  PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_expires ON idempotency (expires_at);

-- Answers of /v1/responses with what was said in each; a conversation is a chain of them.
CREATE TABLE response (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  session text COLLATE "C",
  previous text COLLATE "C",
  created_at bigint NOT NULL,
  messages text NOT NULL,
  json text NOT NULL
);

CREATE INDEX response_created ON response (created_at);
