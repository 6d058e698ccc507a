-- The row of slots of each agent; docs/heartbeat.md tells how they are laid out.
CREATE TABLE beat (
  agent TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  every_ms INTEGER NOT NULL CHECK (every_ms > 0),
  phase_ms INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  context TEXT NOT NULL,
  deliver TEXT NOT NULL,
  tools TEXT,
  last_slot INTEGER,
  -- What the last sweep did with the beat; the works are made from it in the same transaction.
  sweep TEXT,
  first_missed INTEGER,
  missed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX beat_due ON beat (next_at, agent) WHERE enabled = 1;
CREATE INDEX beat_sweep ON beat (sweep) WHERE sweep IS NOT NULL;

-- Whether an agent's beat is unfinished, and which wakes wait, without reading its history.
CREATE INDEX work_beat ON work (agent) WHERE state <> 'finished' AND source = 'heartbeat';
CREATE INDEX work_wake ON work (agent, due_at) WHERE state = 'waiting' AND source = 'wake';

-- What wakes are about. A wake may have several: those that came while it waited.
CREATE TABLE wake_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent TEXT NOT NULL,
  work TEXT NOT NULL,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  key TEXT,
  text TEXT NOT NULL
) STRICT;

CREATE INDEX wake_event_work ON wake_event (work, id);
CREATE INDEX wake_event_at ON wake_event (at);
CREATE UNIQUE INDEX wake_event_key ON wake_event (agent, source, key) WHERE key IS NOT NULL;

-- One row an agent: its wakes come in one after the other, and are counted by the hour.
CREATE TABLE wake_lane (
  agent TEXT PRIMARY KEY,
  hour_from INTEGER NOT NULL,
  wakes INTEGER NOT NULL
) STRICT;
