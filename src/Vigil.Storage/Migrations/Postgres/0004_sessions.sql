CREATE TABLE session (
  key text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  person_at bigint,
  -- How many there are, which is also the number of the newest.
  messages bigint NOT NULL DEFAULT 0,
  reset_seq bigint NOT NULL DEFAULT 0,
  summary text,
  summary_seq bigint NOT NULL DEFAULT 0
);

CREATE INDEX session_updated ON session (updated_at, key);
CREATE INDEX session_agent ON session (agent, updated_at, key);

-- Append-only. The words are cut by Vigil (Sessions/SearchWords), the agent is one of them, so a search never leaves the agent.
CREATE TABLE session_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  at bigint NOT NULL,
  kind text NOT NULL,
  run text COLLATE "C",
  work text COLLATE "C",
  message text NOT NULL,
  size bigint NOT NULL,
  words tsvector,
  UNIQUE (session, seq)
);

CREATE INDEX session_message_words ON session_message USING gin (words);

-- Persons' turns, held and announced.
CREATE TABLE session_turn (
  session text COLLATE "C" NOT NULL,
  holder text COLLATE "C" NOT NULL,
  node text COLLATE "C" NOT NULL,
  asked_at bigint NOT NULL,
  lease_until bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (session, holder)
);

CREATE UNIQUE INDEX session_turn_held ON session_turn (session) WHERE held = 1;
