-- The worst cases of the model calls that run now, where a budget or a key's limit holds. Money as in the ledger. As many rows as calls run, and what dead nodes left for an hour.
CREATE TABLE budget_hold (
  id TEXT NOT NULL,
  scope TEXT NOT NULL,
  node TEXT NOT NULL,
  usd INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  held_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (id, scope)
) STRICT, WITHOUT ROWID;
