-- Keys that came from another by rotation share the first one's id as their family: limits and spend go with it.
ALTER TABLE api_key ADD COLUMN family text COLLATE "C";
ALTER TABLE api_key ADD COLUMN spend_per_day bigint;

-- What was spent for each family of keys, written with the ledger line. Money as in the ledger.
CREATE TABLE key_spend (
  key text COLLATE "C" NOT NULL,
  day text COLLATE "C" NOT NULL,
  cost bigint NOT NULL,
  PRIMARY KEY (key, day)
);
