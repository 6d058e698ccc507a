-- Small durable facts of one agent that belong to one feature.
CREATE TABLE agent_state (
  agent text COLLATE "C" NOT NULL,
  area text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  json text NOT NULL,
  PRIMARY KEY (agent, area, key)
);
