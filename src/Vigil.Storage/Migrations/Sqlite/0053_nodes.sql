-- The signs of life of the nodes on this store. Nodes that stop take their row away; those that die leave it, and it is forgotten later.
CREATE TABLE gateway_node (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  slots INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
