-- Attempts and their journals. A journal is named after its first run; later attempts of the same work go on with it.
CREATE TABLE run (
  id text COLLATE "C" PRIMARY KEY,
  journal text COLLATE "C" NOT NULL,
  agent text COLLATE "C" NOT NULL,
  session text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  work text COLLATE "C",
  attempt bigint NOT NULL,
  node text COLLATE "C" NOT NULL,
  started_at bigint NOT NULL,
  model_asked text NOT NULL,
  decided_by text NOT NULL,
  profile_hash text NOT NULL,
  input text NOT NULL,
  state text NOT NULL,
  finished_at bigint,
  usage text
);

CREATE INDEX run_work ON run (work, attempt) WHERE work IS NOT NULL;
CREATE INDEX run_open_chat ON run (node) WHERE state = 'running' AND work IS NULL;

CREATE TABLE run_step (
  journal text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  run text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  at bigint NOT NULL,
  message text NOT NULL,
  call_id text,
  intent text,
  ends_turn bigint NOT NULL DEFAULT 0,
  usage text,
  PRIMARY KEY (journal, number)
);

-- Profiles as they were when a run began, once for each content.
CREATE TABLE run_profile (
  hash text COLLATE "C" PRIMARY KEY,
  json text NOT NULL
);
