-- One row a model call. Money is kept in millionths of a millionth of a dollar: prices per million tokens stay exact.
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  day TEXT NOT NULL,
  agent TEXT NOT NULL,
  source TEXT NOT NULL,
  work TEXT,
  run TEXT NOT NULL,
  model_asked TEXT NOT NULL,
  model_used TEXT NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost INTEGER,
  primary_cost INTEGER
) STRICT;

CREATE INDEX ledger_agent ON ledger (agent, id);
CREATE INDEX ledger_work ON ledger (work, id) WHERE work IS NOT NULL;

-- The sums that budgets and reports read, written with each call.
CREATE TABLE spend_day (
  day TEXT NOT NULL,
  agent TEXT NOT NULL,
  source TEXT NOT NULL,
  model TEXT NOT NULL,
  calls INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL,
  unknown_calls INTEGER NOT NULL,
  primary_cost INTEGER NOT NULL,
  PRIMARY KEY (day, agent, source, model)
) STRICT, WITHOUT ROWID;
