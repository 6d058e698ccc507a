-- The row of slots of each agent; docs/heartbeat.md tells how they are laid out.
CREATE TABLE beat (
  agent text COLLATE "C" PRIMARY KEY,
  enabled bigint NOT NULL,
  every_ms bigint NOT NULL CHECK (every_ms > 0),
  phase_ms bigint NOT NULL,
  next_at bigint NOT NULL,
  context text COLLATE "C" NOT NULL,
  deliver text COLLATE "C" NOT NULL,
  tools text COLLATE "C",
  last_slot bigint,
  -- What the last sweep did with the beat; the works are made from it in the same transaction.
  sweep text COLLATE "C",
  first_missed bigint,
  missed bigint NOT NULL DEFAULT 0
);

CREATE INDEX beat_due ON beat (next_at, agent) WHERE enabled = 1;
CREATE INDEX beat_sweep ON beat (sweep) WHERE sweep IS NOT NULL;

-- Whether an agent's beat is unfinished, and which wakes wait, without reading its history.
CREATE INDEX work_beat ON work (agent) WHERE state <> 'finished' AND source = 'heartbeat';
CREATE INDEX work_wake ON work (agent, due_at) WHERE state = 'waiting' AND source = 'wake';

-- What wakes are about. A wake may have several: those that came while it waited.
CREATE TABLE wake_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  work text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  source text COLLATE "C" NOT NULL,
  urgent bigint NOT NULL,
  key text COLLATE "C",
  text text COLLATE "C" NOT NULL
);

CREATE INDEX wake_event_work ON wake_event (work, id);
CREATE INDEX wake_event_at ON wake_event (at);
CREATE UNIQUE INDEX wake_event_key ON wake_event (agent, source, key) WHERE key IS NOT NULL;

-- One row an agent: its wakes come in one after the other, and are counted by the hour.
CREATE TABLE wake_lane (
  agent text COLLATE "C" PRIMARY KEY,
  hour_from bigint NOT NULL,
  wakes bigint NOT NULL
);
