-- Tickets: an invitation for one patient to pick a slot at a unit with a role or a practitioner.
-- Expired is what an open ticket is after valid_until: the clock says so at every read and write, and the
-- job only writes it down.

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  patient_id TEXT NOT NULL REFERENCES patients (id),
  state TEXT NOT NULL CHECK (state = 'open' OR state = 'redeemed' OR state = 'revoked' OR state = 'expired'),
  practitioner_id TEXT REFERENCES practitioners (id), -- null: anyone of the role
  role TEXT NOT NULL,
  minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 480), -- how long the slot must be
  slots_from INTEGER NOT NULL, -- the slot begins at this moment or later …
  slots_until INTEGER NOT NULL CHECK (slots_until > slots_from), -- … and before this one
  valid_until INTEGER NOT NULL CHECK (valid_until > issued_at),
  details TEXT NOT NULL, -- sealed JSON: reason, instructions
  appointment_id TEXT, -- what it was redeemed for
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change
  sent_at INTEGER NOT NULL, -- when its link last went into the outbox
  reminded_at INTEGER, -- when the patient was reminded that it runs out
  look_at INTEGER, -- when the job must look at it next: to remind, or to write down that it expired
  issued_by TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  CHECK ((state = 'redeemed') = (appointment_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_by_unit ON tickets (care_unit_id, id);
CREATE INDEX tickets_by_patient ON tickets (patient_id, id);
CREATE INDEX tickets_to_look_at ON tickets (look_at) WHERE look_at IS NOT NULL;
-- The balance of a unit's open tickets against its free slots.
CREATE INDEX tickets_open ON tickets (care_unit_id, role, valid_until) WHERE state = 'open';

-- The codes that were sent, hashed: each message has one of its own.
CREATE TABLE ticket_codes (
  hash TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One ticket, one visit; a cancelled one gives the ticket back.
ALTER TABLE appointments ADD COLUMN ticket_id TEXT REFERENCES tickets (id);
CREATE UNIQUE INDEX appointments_one_per_ticket ON appointments (ticket_id)
  WHERE ticket_id IS NOT NULL AND state <> 'cancelled';

-- What a ticket asks for.
CREATE INDEX slots_free_by_role ON slots (care_unit_id, role, starts_at, ends_at, practitioner_id, id)
  WHERE occupied_by IS NULL AND withdrawn_at IS NULL;
