-- The record panel beside a chat: what the contact was about, and notes. Staff's alone: no patient's query names these
-- tables.

-- Ingång, triage and visit details.
CREATE TABLE chat_records (
  chat_id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  record TEXT NOT NULL, -- sealed JSON: entry, triage, details
  version INTEGER NOT NULL DEFAULT 1,
  changed_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Anteckningar. A draft is its writer's to change; a signed one stands, and is added to by an addendum.
CREATE TABLE record_notes (
  chat_id TEXT NOT NULL,
  id TEXT NOT NULL,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  practitioner_id TEXT NOT NULL REFERENCES practitioners (id),
  text TEXT NOT NULL, -- sealed
  adds_to TEXT, -- the signed note that this is an addendum to
  changed_at INTEGER NOT NULL,
  signed_at INTEGER,
  PRIMARY KEY (chat_id, id)
) STRICT, WITHOUT ROWID;

-- What is signed stays: whom it is by, when, and (but for another key, whose text tells another) what it says.
CREATE TRIGGER record_notes_stay_signed BEFORE UPDATE OF practitioner_id, changed_at, signed_at, adds_to ON record_notes
WHEN OLD.signed_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused: record_notes_stay_signed');
END;
CREATE TRIGGER record_notes_signed_are_not_deleted BEFORE DELETE ON record_notes
WHEN OLD.signed_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused: record_notes_stay_signed');
END;
