-- Nothing here: PostgreSQL has the words of a message in its row.
SELECT 1;
