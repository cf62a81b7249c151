-- Re-sealing under another key, a page at a time while the system serves: how far the walk over every sealed
-- value has come (functions/portal/src/resealing/). One row; losing it only begins the walk anew.
CREATE TABLE resealing (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  ring TEXT NOT NULL, -- JSON array of the ring's key ids, the primary one first
  seen_at INTEGER NOT NULL, -- when the job first saw this ring
  began_at INTEGER NOT NULL, -- when this walk began
  sealed_column TEXT, -- the column that it has come to, as patients.name; null once it is over
  after_key TEXT NOT NULL, -- JSON array: the primary key of the last row that it looked at
  found INTEGER NOT NULL, -- how many values it found under another key than the primary one
  unreadable TEXT NOT NULL -- JSON object: how many of them did not open, by the key that they name
) STRICT;
