-- When, for which agent and with what prompt. Its works are rows of the table work with source cron and this id as their origin.
CREATE TABLE schedule (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('at', 'every', 'cron')),
  text text NOT NULL,
  zone text,
  anchor bigint,
  prompt text NOT NULL,
  session text,
  model text,
  tools text,
  deliver text NOT NULL,
  notify text NOT NULL,
  missed text NOT NULL,
  missed_cap bigint NOT NULL,
  overlap text NOT NULL,
  deadline bigint,
  origin text,
  enabled bigint NOT NULL,
  disabled_reason text,
  failures bigint NOT NULL DEFAULT 0,
  last_error text,
  last_outcome text,
  told_cause text,
  next_at bigint,
  last_slot bigint,
  queued_slot bigint,
  ended_at bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  UNIQUE (agent, name)
);

CREATE INDEX schedule_due ON schedule (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedule_queued ON schedule (id) WHERE queued_slot IS NOT NULL;
CREATE INDEX schedule_listed ON schedule (agent, id);

-- Planned works that are not yet counted: few, whatever the length of the history.
CREATE TABLE schedule_slot (
  work text COLLATE "C" PRIMARY KEY,
  schedule text COLLATE "C" NOT NULL
);

CREATE INDEX schedule_slot_schedule ON schedule_slot (schedule);
