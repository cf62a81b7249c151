-- The ground every flow stands on: the guard of batches, care providers and their people, patients,
-- the access log, idempotency keys and the outbox of text messages.
-- Times are epoch milliseconds in UTC. "sealed" columns hold ciphertext bound to their row (shared/src/sealing/).
-- Triggers keep to D1's rules: predicate in WHEN, body only SELECT RAISE, BEGIN and END in capitals.

-- INSERT INTO require VALUES (changes()) undoes the whole batch when the statement before it changed nothing.
CREATE VIEW require AS SELECT 0 AS changed;
CREATE TRIGGER require_changes INSTEAD OF INSERT ON require WHEN NEW.changed = 0
BEGIN
  SELECT RAISE(ABORT, 'refused: require_changes');
END;

CREATE TABLE care_providers (
  id TEXT PRIMARY KEY, -- HSA-id
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE care_units (
  id TEXT PRIMARY KEY, -- HSA-id
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  name TEXT NOT NULL,
  public_name TEXT NOT NULL, -- neutral: it may stand in a text message, so it must not tell the specialty
  cancellation_cutoff_hours INTEGER NOT NULL DEFAULT 24 CHECK (cancellation_cutoff_hours BETWEEN 0 AND 336),
  age_limit INTEGER NOT NULL DEFAULT 16 CHECK (age_limit BETWEEN 13 AND 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE practitioners (
  id TEXT PRIMARY KEY, -- HSA-id
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  name TEXT NOT NULL -- sealed
) STRICT, WITHOUT ROWID;

-- The right under which a practitioner acts at one unit (medarbetaruppdrag).
CREATE TABLE commissions (
  practitioner_id TEXT NOT NULL REFERENCES practitioners (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  id TEXT NOT NULL UNIQUE, -- HSA-id
  role TEXT NOT NULL,
  PRIMARY KEY (practitioner_id, care_unit_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  identity_index TEXT NOT NULL, -- keyed blind index of the personal identity
  identity TEXT NOT NULL, -- sealed
  name TEXT NOT NULL, -- sealed
  phone TEXT, -- sealed
  sms_consent INTEGER NOT NULL DEFAULT 0 CHECK (sms_consent IN (0, 1)),
  language TEXT NOT NULL DEFAULT 'sv',
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX patients_by_identity ON patients (identity_index, care_provider_id);

-- Who did what to whom, numbered without gaps per care provider. Entries are added and never changed.
CREATE TABLE access_log (
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  user_kind TEXT NOT NULL CHECK (user_kind IN ('practitioner', 'patient', 'guest', 'system')),
  user_id TEXT NOT NULL,
  commission_id TEXT,
  care_unit_id TEXT,
  activity TEXT NOT NULL CHECK (activity IN ('read', 'write')),
  purpose TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  patients TEXT NOT NULL, -- JSON array of patient ids
  mac TEXT NOT NULL, -- keyed; what it covers stands in shared/src/access_log.rs
  PRIMARY KEY (care_provider_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;
CREATE TRIGGER access_log_is_not_deleted BEFORE DELETE ON access_log
BEGIN
  SELECT RAISE(ABORT, 'refused: access_log_is_append_only');
END;

-- The first answer to each POST, to be given again when the POST is repeated.
CREATE TABLE idempotency_keys (
  subject TEXT NOT NULL, -- kind and subject of the session
  key TEXT NOT NULL,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  fingerprint TEXT NOT NULL, -- of method, path and body: the same key with another request is refused
  status INTEGER NOT NULL,
  answer TEXT NOT NULL, -- sealed
  created_at INTEGER NOT NULL,
  PRIMARY KEY (subject, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Text messages, written in the batch of what they tell of and sent after. The text itself is made from
-- the template when it leaves, so that it speaks of the state as it then is.
CREATE TABLE sms_outbox (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  patient_id TEXT NOT NULL REFERENCES patients (id),
  appointment_id TEXT,
  participant_id TEXT,
  template TEXT NOT NULL,
  language TEXT NOT NULL,
  recipient TEXT, -- sealed phone number
  state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sent' OR state = 'delivered' OR state = 'failed' OR state = 'withheld'),
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  CHECK (state = 'withheld' OR recipient IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX sms_outbox_due ON sms_outbox (due_at) WHERE state = 'queued';
