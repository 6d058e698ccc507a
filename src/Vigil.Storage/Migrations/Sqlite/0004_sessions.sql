CREATE TABLE session (
  key TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  person_at INTEGER,
  -- How many there are, which is also the number of the newest.
  messages INTEGER NOT NULL DEFAULT 0,
  reset_seq INTEGER NOT NULL DEFAULT 0,
  summary TEXT,
  summary_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX session_updated ON session (updated_at, key);
CREATE INDEX session_agent ON session (agent, updated_at, key);

-- Append-only. The id is explicit because a rowid of its own could change in a copy of the database, and the word index refers to it.
CREATE TABLE session_message (
  id INTEGER PRIMARY KEY,
  session TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  run TEXT,
  work TEXT,
  message TEXT NOT NULL,
  size INTEGER NOT NULL,
  UNIQUE (session, seq)
) STRICT;

-- Words as Vigil cuts them (Sessions/SearchWords), one token each; the agent is a token of its own column, so a search never leaves the agent.
CREATE VIRTUAL TABLE session_words USING fts5(agent, words, content='', tokenize="unicode61 remove_diacritics 0");

-- Persons' turns, held and announced.
CREATE TABLE session_turn (
  session TEXT NOT NULL,
  holder TEXT NOT NULL,
  node TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (session, holder)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX session_turn_held ON session_turn (session) WHERE held = 1;
