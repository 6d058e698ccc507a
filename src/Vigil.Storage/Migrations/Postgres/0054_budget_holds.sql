-- The worst cases of the model calls that run now, where a budget or a key's limit holds. Money as in the ledger. As many rows as calls run, and what dead nodes left for an hour.
CREATE TABLE budget_hold (
  id text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  node text COLLATE "C" NOT NULL,
  usd bigint NOT NULL,
  tokens bigint NOT NULL,
  held_at bigint NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (id, scope)
);
