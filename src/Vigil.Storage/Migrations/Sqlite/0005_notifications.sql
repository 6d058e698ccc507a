CREATE TABLE notification (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  work TEXT,
  source TEXT NOT NULL,
  text TEXT NOT NULL,
  urgency TEXT NOT NULL,
  topic TEXT,
  asked_for INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('posted', 'held', 'suppressed')),
  reason TEXT,
  repeat_of TEXT,
  held_until INTEGER,
  -- The digest that told it.
  digest TEXT,
  created_at INTEGER NOT NULL,
  read_at INTEGER,
  done_at INTEGER,
  snoozed_until INTEGER
) STRICT;

CREATE INDEX notification_unread ON notification (created_at, id) WHERE read_at IS NULL AND done_at IS NULL AND state <> 'suppressed';
CREATE INDEX notification_created ON notification (created_at, id);
CREATE INDEX notification_agent ON notification (agent, created_at, id);
CREATE INDEX notification_work ON notification (work) WHERE work IS NOT NULL;
CREATE INDEX notification_held ON notification (created_at, id) WHERE state = 'held' AND held_until IS NOT NULL;
CREATE INDEX notification_digest ON notification (agent, created_at, id) WHERE state = 'held' AND reason = 'nag-limit';

CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  notification TEXT NOT NULL,
  agent TEXT NOT NULL,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'sending', 'delivered', 'unknown', 'undeliverable')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  created_at INTEGER NOT NULL,
  at INTEGER NOT NULL,
  error TEXT,
  receipt TEXT,
  node TEXT,
  lease_until INTEGER,
  CHECK ((state = 'sending') = (lease_until IS NOT NULL))
) STRICT;

CREATE INDEX delivery_notification ON delivery (notification);
CREATE INDEX delivery_queue ON delivery (target, next_at, created_at, id) WHERE state IN ('waiting', 'held') AND next_at IS NOT NULL;
CREATE INDEX delivery_next ON delivery (next_at) WHERE state IN ('waiting', 'held') AND next_at IS NOT NULL;
CREATE INDEX delivery_sending ON delivery (lease_until) WHERE state = 'sending';

-- What was said where: reserved in the commit, confirmed by the receipt, released when undeliverable.
CREATE TABLE said (
  agent TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  notification TEXT NOT NULL,
  at INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  figures TEXT,
  urgency TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (agent, target, key)
) STRICT;

CREATE INDEX said_key ON said (agent, key, at);
CREATE INDEX said_notification ON said (notification);
