-- Small durable facts of one agent that belong to one feature.
CREATE TABLE agent_state (
  agent TEXT NOT NULL,
  area TEXT NOT NULL,
  key TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (agent, area, key)
) STRICT;
