-- Lists go through these from the newest on. With what a filter asks for in the index itself, a filter that few works match, or none, never touches the works that do not.
DROP INDEX work_created;
DROP INDEX work_agent;
CREATE INDEX work_created ON work (created_at, id, agent, source, outcome, reason);
CREATE INDEX work_agent ON work (agent, created_at, id, source, outcome, reason);
