-- Attempts and their journals. A journal is named after its first run; later attempts of the same work go on with it.
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  journal TEXT NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  source TEXT NOT NULL,
  work TEXT,
  attempt INTEGER NOT NULL,
  node TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  model_asked TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  profile_hash TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL,
  finished_at INTEGER,
  usage TEXT
) STRICT;

CREATE INDEX run_work ON run (work, attempt) WHERE work IS NOT NULL;
CREATE INDEX run_open_chat ON run (node) WHERE state = 'running' AND work IS NULL;

CREATE TABLE run_step (
  journal TEXT NOT NULL,
  number INTEGER NOT NULL,
  run TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  message TEXT NOT NULL,
  call_id TEXT,
  intent TEXT,
  ends_turn INTEGER NOT NULL DEFAULT 0,
  usage TEXT,
  PRIMARY KEY (journal, number)
) STRICT;

-- Profiles as they were when a run began, once for each content.
CREATE TABLE run_profile (
  hash TEXT PRIMARY KEY,
  json TEXT NOT NULL
) STRICT;
