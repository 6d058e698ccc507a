-- The durable queue and archive of works; states and legal edges are in docs/states.md.
CREATE TABLE work (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL DEFAULT 'main',
  source text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL DEFAULT '',
  prompt text NOT NULL,
  session text COLLATE "C" NOT NULL,
  context text NOT NULL,
  model text COLLATE "C",
  model_decided_by text,
  tools text,
  deliver text NOT NULL,
  notify text NOT NULL,
  deadline bigint,
  dedupe_key text COLLATE "C",
  fingerprint text,
  metadata text NOT NULL,
  parent text COLLATE "C",
  slot bigint,
  created_at bigint NOT NULL,
  due_at bigint NOT NULL,
  -- The fair order: 1 once the work was seen to be due, and its place among those that are.
  ready bigint NOT NULL,
  precedence bigint NOT NULL DEFAULT 0,
  rank bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'finished')),
  outcome text,
  reason text,
  attempt bigint NOT NULL DEFAULT 0,
  lost_attempts bigint NOT NULL DEFAULT 0,
  -- A retry begins a fresh journal: attempts up to this one are history.
  retried_at_attempt bigint NOT NULL DEFAULT 0,
  node text COLLATE "C",
  lease_until bigint,
  started_at bigint,
  finished_at bigint,
  cancel_requested bigint NOT NULL DEFAULT 0,
  reply text,
  error text,
  usage text,
  CHECK ((state = 'finished') = (outcome IS NOT NULL)),
  CHECK ((state = 'running') = (lease_until IS NOT NULL))
);

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
  work text COLLATE "C" NOT NULL,
  attempt bigint NOT NULL,
  verdicts text NOT NULL,
  PRIMARY KEY (work, attempt)
);
