-- Tasks for staff, and what a text message needs beside its template.

-- Something that a person must look at: no time fits, a message failed, a question without an answer.
CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  kind TEXT NOT NULL, -- shared/src/task.rs
  patient_id TEXT NOT NULL REFERENCES patients (id),
  resource_type TEXT NOT NULL, -- what it is about, as ticket
  resource_id TEXT NOT NULL,
  note TEXT, -- sealed
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  done_by TEXT, -- the practitioner
  CHECK ((done_at IS NULL) = (done_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX tasks_open_by_unit ON tasks (care_unit_id, id) WHERE done_at IS NULL;

-- What the template's fields are filled with, as a link: JSON (shared/src/sms_outbox.rs).
ALTER TABLE sms_outbox ADD COLUMN fields TEXT; -- sealed
ALTER TABLE sms_outbox ADD COLUMN ticket_id TEXT;
