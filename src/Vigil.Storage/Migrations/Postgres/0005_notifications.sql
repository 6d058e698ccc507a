CREATE TABLE notification (
  id text COLLATE "C" PRIMARY KEY,
  agent text COLLATE "C" NOT NULL,
  work text COLLATE "C",
  source text COLLATE "C" NOT NULL,
  text text NOT NULL,
  urgency text NOT NULL,
  topic text,
  asked_for bigint NOT NULL DEFAULT 0,
  state text NOT NULL CHECK (state IN ('posted', 'held', 'suppressed')),
  reason text,
  repeat_of text,
  held_until bigint,
  -- The digest that told it.
  digest text,
  created_at bigint NOT NULL,
  read_at bigint,
  done_at bigint,
  snoozed_until bigint
);

CREATE INDEX notification_unread ON notification (created_at, id) WHERE read_at IS NULL AND done_at IS NULL AND state <> 'suppressed';
CREATE INDEX notification_created ON notification (created_at, id);
CREATE INDEX notification_agent ON notification (agent, created_at, id);
CREATE INDEX notification_work ON notification (work) WHERE work IS NOT NULL;
CREATE INDEX notification_held ON notification (created_at, id) WHERE state = 'held' AND held_until IS NOT NULL;
CREATE INDEX notification_digest ON notification (agent, created_at, id) WHERE state = 'held' AND reason = 'nag-limit';

CREATE TABLE delivery (
  id text COLLATE "C" PRIMARY KEY,
  notification text COLLATE "C" NOT NULL,
  agent text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'held', 'sending', 'delivered', 'unknown', 'undeliverable')),
  attempts bigint NOT NULL DEFAULT 0,
  next_at bigint,
  created_at bigint NOT NULL,
  at bigint NOT NULL,
  error text,
  receipt text,
  node text COLLATE "C",
  lease_until bigint,
  CHECK ((state = 'sending') = (lease_until IS NOT NULL))
);

CREATE INDEX delivery_notification ON delivery (notification);
CREATE INDEX delivery_queue ON delivery (target, next_at, created_at, id) WHERE state IN ('waiting', 'held') AND next_at IS NOT NULL;
CREATE INDEX delivery_next ON delivery (next_at) WHERE state IN ('waiting', 'held') AND next_at IS NOT NULL;
CREATE INDEX delivery_sending ON delivery (lease_until) WHERE state = 'sending';

-- What was said where: reserved in the commit, confirmed by the receipt, released when undeliverable.
CREATE TABLE said (
  agent text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  notification text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  confirmed bigint NOT NULL,
  figures text,
  urgency text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (agent, target, key)
);

CREATE INDEX said_key ON said (agent, key, at);
CREATE INDEX said_notification ON said (notification);
