-- The event log, keys and sign-in. Instants are unix milliseconds (UTC), JSON is text, flags are 0 and 1.

-- The sequence is drawn under a lock just before the commit (docs/decisions/0002-event-order.md), so it must not be cached by sessions.
-- It is never reset: an id is never given twice, also after everything was pruned.
CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  at bigint NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  agent text,
  work text,
  payload text NOT NULL
);
CREATE INDEX event_work ON event (work, id) WHERE work IS NOT NULL;

-- One row: the highest id that was ever pruned.
CREATE TABLE event_floor (
  one bigint PRIMARY KEY CHECK (one = 1),
  pruned_to bigint NOT NULL
);
INSERT INTO event_floor (one, pruned_to) VALUES (1, 0);

CREATE TABLE api_key (
  id text PRIMARY KEY,
  name text NOT NULL,
  prefix text NOT NULL,
  hash text NOT NULL UNIQUE,
  scopes bigint NOT NULL,
  agents text,
  models text,
  created_at bigint NOT NULL,
  expires_at bigint,
  last_used_at bigint,
  revoked_at bigint
);

CREATE TABLE sign_in (
  hash text PRIMARY KEY,
  key_id text REFERENCES api_key (id),
  expires_at bigint NOT NULL
);
CREATE INDEX sign_in_expires ON sign_in (expires_at);

CREATE TABLE dashboard_session (
  hash text PRIMARY KEY,
  id text NOT NULL UNIQUE,
  key_id text REFERENCES api_key (id),
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX dashboard_session_expires ON dashboard_session (expires_at);
