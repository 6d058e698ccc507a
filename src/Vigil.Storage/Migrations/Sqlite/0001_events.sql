-- The event log, keys and sign-in. Instants are unix milliseconds (UTC), JSON is text, flags are 0 and 1.

-- AUTOINCREMENT: an id is never given twice, also after everything was pruned.
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  agent TEXT,
  work TEXT,
  payload TEXT NOT NULL
) STRICT;
CREATE INDEX event_work ON event (work, id) WHERE work IS NOT NULL;

-- One row: the highest id that was ever pruned.
CREATE TABLE event_floor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  pruned_to INTEGER NOT NULL
) STRICT;
INSERT INTO event_floor (one, pruned_to) VALUES (1, 0);

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes INTEGER NOT NULL,
  agents TEXT,
  models TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in (
  hash TEXT PRIMARY KEY,
  key_id TEXT REFERENCES api_key (id),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_expires ON sign_in (expires_at);

CREATE TABLE dashboard_session (
  hash TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  key_id TEXT REFERENCES api_key (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dashboard_session_expires ON dashboard_session (expires_at);
