-- The durable queue and archive of works; states and legal edges are in docs/states.md.
CREATE TABLE work (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL DEFAULT 'main',
  source TEXT NOT NULL,
  origin TEXT NOT NULL DEFAULT '',
  prompt TEXT NOT NULL,
  session TEXT NOT NULL,
  context TEXT NOT NULL,
  model TEXT,
  model_decided_by TEXT,
  tools TEXT,
  deliver TEXT NOT NULL,
  notify TEXT NOT NULL,
  deadline INTEGER,
  dedupe_key TEXT,
  fingerprint TEXT,
  metadata TEXT NOT NULL,
  parent TEXT,
  slot INTEGER,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  -- The fair order: 1 once the work was seen to be due, and its place among those that are.
  ready INTEGER NOT NULL,
  precedence INTEGER NOT NULL DEFAULT 0,
  rank INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'finished')),
  outcome TEXT,
  reason TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  lost_attempts INTEGER NOT NULL DEFAULT 0,
  -- A retry begins a fresh journal: attempts up to this one are history.
  retried_at_attempt INTEGER NOT NULL DEFAULT 0,
  node TEXT,
  lease_until INTEGER,
  started_at INTEGER,
  finished_at INTEGER,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  reply TEXT,
  error TEXT,
  usage TEXT,
  CHECK ((state = 'finished') = (outcome IS NOT NULL)),
  CHECK ((state = 'running') = (lease_until IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX work_dedupe ON work (source, origin, dedupe_key) WHERE dedupe_key IS NOT NULL;

-- The queue. Partial, so that finished works cost it nothing.
CREATE INDEX work_ready ON work (rank, id) WHERE state = 'waiting' AND ready = 1;
CREATE INDEX work_later ON work (due_at) WHERE state = 'waiting' AND ready = 0;
CREATE INDEX work_chain ON work (agent, precedence, rank) WHERE state = 'waiting' AND ready = 1;
CREATE INDEX work_line ON work (session, rank, id) WHERE state = 'waiting' AND ready = 1;

-- At most one work runs in a session, whatever else goes wrong.
CREATE UNIQUE INDEX work_running ON work (session) WHERE state = 'running';

-- Listings and retention.
CREATE INDEX work_created ON work (created_at, id);
CREATE INDEX work_agent ON work (agent, created_at, id);
CREATE INDEX work_session ON work (session, created_at, id);
CREATE INDEX work_origin ON work (origin, created_at, id) WHERE origin <> '';
CREATE INDEX work_parent ON work (parent) WHERE parent IS NOT NULL;
CREATE INDEX work_finished ON work (finished_at) WHERE state = 'finished';

-- What the gates said, one row an attempt.
CREATE TABLE work_gates (
  work TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  verdicts TEXT NOT NULL,
  PRIMARY KEY (work, attempt)
) STRICT, WITHOUT ROWID;
