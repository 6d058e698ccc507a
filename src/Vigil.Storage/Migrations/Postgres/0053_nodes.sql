-- The signs of life of the nodes on this store. Nodes that stop take their row away; those that die leave it, and it is forgotten later.
CREATE TABLE gateway_node (
  id text COLLATE "C" PRIMARY KEY,
  host text NOT NULL,
  version text NOT NULL,
  started_at bigint NOT NULL,
  last_seen bigint NOT NULL,
  slots bigint NOT NULL
);
