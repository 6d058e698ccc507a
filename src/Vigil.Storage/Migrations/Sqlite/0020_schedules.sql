-- When, for which agent and with what prompt. Its works are rows of the table work with source cron and this id as their origin.
CREATE TABLE schedule (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('at', 'every', 'cron')),
  text TEXT NOT NULL,
  zone TEXT,
  anchor INTEGER,
  prompt TEXT NOT NULL,
  session TEXT,
  model TEXT,
  tools TEXT,
  deliver TEXT NOT NULL,
  notify TEXT NOT NULL,
  missed TEXT NOT NULL,
  missed_cap INTEGER NOT NULL,
  overlap TEXT NOT NULL,
  deadline INTEGER,
  origin TEXT,
  enabled INTEGER NOT NULL,
  disabled_reason TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  last_outcome TEXT,
  told_cause TEXT,
  next_at INTEGER,
  last_slot INTEGER,
  queued_slot INTEGER,
  ended_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (agent, name)
) STRICT;

CREATE INDEX schedule_due ON schedule (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedule_queued ON schedule (id) WHERE queued_slot IS NOT NULL;
CREATE INDEX schedule_listed ON schedule (agent, id);

-- Planned works that are not yet counted: few, whatever the length of the history.
CREATE TABLE schedule_slot (
  work TEXT PRIMARY KEY,
  schedule TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX schedule_slot_schedule ON schedule_slot (schedule);
