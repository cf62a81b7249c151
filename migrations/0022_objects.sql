-- Objects, where the platform has no object store of its own (Spin): large values by key, as base64url. On Workers
-- they lie in R2, and this stays empty.
CREATE TABLE objects (
  key TEXT PRIMARY KEY NOT NULL,
  bytes TEXT NOT NULL
) STRICT;
