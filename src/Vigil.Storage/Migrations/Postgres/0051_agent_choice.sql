-- Who chose the agent of a chat turn; runs of works have none, their source chose.
ALTER TABLE run ADD COLUMN agent_decided_by text;

-- A conversation that names no agent is main's.
ALTER TABLE session ALTER COLUMN agent SET DEFAULT 'main';
