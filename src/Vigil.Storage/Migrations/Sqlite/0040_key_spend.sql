-- Keys that came from another by rotation share the first one's id as their family: limits and spend go with it.
ALTER TABLE api_key ADD COLUMN family TEXT;
ALTER TABLE api_key ADD COLUMN spend_per_day INTEGER;

-- What was spent for each family of keys, written with the ledger line. Money as in the ledger.
CREATE TABLE key_spend (
  key TEXT NOT NULL,
  day TEXT NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (key, day)
) STRICT, WITHOUT ROWID;
