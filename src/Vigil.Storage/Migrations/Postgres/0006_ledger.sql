-- One row a model call. Money is kept in millionths of a millionth of a dollar: prices per million tokens stay exact.
CREATE TABLE ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  day text COLLATE "C" NOT NULL,
  agent text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  work text COLLATE "C",
  run text COLLATE "C" NOT NULL,
  model_asked text NOT NULL,
  model_used text NOT NULL,
  input_tokens bigint NOT NULL,
  cached_input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost bigint,
  primary_cost bigint
);

CREATE INDEX ledger_agent ON ledger (agent, id);
CREATE INDEX ledger_work ON ledger (work, id) WHERE work IS NOT NULL;

-- The sums that budgets and reports read, written with each call.
CREATE TABLE spend_day (
  day text COLLATE "C" NOT NULL,
  agent text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  calls bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cached_input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost bigint NOT NULL,
  unknown_calls bigint NOT NULL,
  primary_cost bigint NOT NULL,
  PRIMARY KEY (day, agent, source, model)
);
