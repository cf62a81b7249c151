-- The access log's chain, what finds a patient's own entries, and the recurring check by sample.
-- Links and checkpoints are added soon after the entries, in bounded batches, so that writers never wait on one another.

-- Inera's StoreLog has more activities than reading and writing; a CHECK can only be changed with its table.
-- (With OR, for an IN list of more than two values costs every entry a row read.)
CREATE TABLE access_log_with_all_activities (
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  user_kind TEXT NOT NULL CHECK (user_kind = 'practitioner' OR user_kind = 'patient' OR user_kind = 'guest' OR user_kind = 'system'),
  user_id TEXT NOT NULL,
  commission_id TEXT,
  care_unit_id TEXT,
  activity TEXT NOT NULL CHECK (activity = 'read' OR activity = 'write' OR activity = 'sign' OR activity = 'print' OR activity = 'attest' OR activity = 'delete' OR activity = 'emergency'),
  purpose TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  patients TEXT NOT NULL, -- JSON array of patient ids
  mac TEXT NOT NULL, -- keyed; what it covers stands in shared/src/access_log.rs
  PRIMARY KEY (care_provider_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO access_log_with_all_activities SELECT * FROM access_log;
DROP TABLE access_log;
ALTER TABLE access_log_with_all_activities RENAME TO access_log;

CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;
CREATE TRIGGER access_log_is_not_deleted BEFORE DELETE ON access_log
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;

-- A keyed hash over the link before and the whole entry.
CREATE TABLE access_log_links (
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  number INTEGER NOT NULL,
  link TEXT NOT NULL,
  PRIMARY KEY (care_provider_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER access_log_links_are_not_changed BEFORE UPDATE ON access_log_links
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;
CREATE TRIGGER access_log_links_are_not_deleted BEFORE DELETE ON access_log_links
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;

-- A signature over the last link of each batch: a copy kept elsewhere proves that nothing was cut since.
CREATE TABLE access_log_checkpoints (
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  token TEXT NOT NULL, -- JWS in Ed25519: care provider, number and link
  PRIMARY KEY (care_provider_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_log_checkpoints_by_time ON access_log_checkpoints (care_provider_id, at);

CREATE TRIGGER access_log_checkpoints_are_not_changed BEFORE UPDATE ON access_log_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;
CREATE TRIGGER access_log_checkpoints_are_not_deleted BEFORE DELETE ON access_log_checkpoints
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;

-- Which entries are about whom. Can be made again from the log.
CREATE TABLE access_log_patients (
  patient_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  care_provider_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (patient_id, at, care_provider_id, number)
) STRICT, WITHOUT ROWID;

-- Entries drawn at random for the recurring check, and who signed it off.
CREATE TABLE access_log_samples (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  drawn_by TEXT NOT NULL,
  drawn_at INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  numbers TEXT NOT NULL, -- JSON array of the entries' numbers
  signed_off_by TEXT,
  signed_off_at INTEGER,
  remark TEXT, -- sealed
  CHECK ((signed_off_by IS NULL) = (signed_off_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX access_log_samples_by_unit ON access_log_samples (care_unit_id, id);
