-- Slots and appointments, with the guarantees that nothing is booked twice.
-- 28800000 is eight hours, the longest slot or appointment; 3600000 is one hour. Whether something overlaps
-- is asked in two parts, the short ones that begin within an hour before and the few long ones within eight,
-- so that the answer reads a handful of rows however full a day is. Where a CHECK has many values it is
-- written with OR: an IN list of more than two is looked up, which counts as a row read at every write.

CREATE TABLE slot_templates (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  practitioner_id TEXT REFERENCES practitioners (id),
  role TEXT NOT NULL,
  definition TEXT NOT NULL, -- JSON: weekdays, times, length, pause, dates
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX slot_templates_by_unit ON slot_templates (care_unit_id, id);

CREATE TABLE slots (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL,
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  practitioner_id TEXT REFERENCES practitioners (id), -- null: anyone of the role
  role TEXT NOT NULL,
  template_id TEXT NOT NULL REFERENCES slot_templates (id),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at AND ends_at - starts_at <= 28800000),
  occupied_by TEXT, -- the appointment that takes this time, whether it was booked through the slot or over it
  withdrawn_at INTEGER,
  CHECK (occupied_by IS NULL OR withdrawn_at IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX slots_free ON slots (care_unit_id, starts_at, id) WHERE occupied_by IS NULL AND withdrawn_at IS NULL;
CREATE INDEX slots_by_unit ON slots (care_unit_id, starts_at, id);
CREATE INDEX slots_by_practitioner ON slots (practitioner_id, starts_at, ends_at)
  WHERE practitioner_id IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX slots_long ON slots (practitioner_id, starts_at, ends_at)
  WHERE practitioner_id IS NOT NULL AND withdrawn_at IS NULL AND ends_at - starts_at > 3600000;

CREATE TRIGGER slots_do_not_overlap BEFORE INSERT ON slots
WHEN NEW.practitioner_id IS NOT NULL AND (
  EXISTS (
    SELECT 1 FROM slots AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.withdrawn_at IS NULL
      AND other.starts_at > NEW.starts_at - 3600000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
  ) OR EXISTS (
    SELECT 1 FROM slots AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.withdrawn_at IS NULL
      AND other.ends_at - other.starts_at > 3600000
      AND other.starts_at > NEW.starts_at - 28800000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
  )
)
BEGIN
  SELECT RAISE(ABORT, 'refused: slots_do_not_overlap');
END;

CREATE TABLE appointments (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL,
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  patient_id TEXT NOT NULL REFERENCES patients (id),
  kind TEXT NOT NULL CHECK (kind = 'scheduled' OR kind = 'free-time' OR kind = 'video' OR kind = 'ticket'),
  state TEXT NOT NULL CHECK (state = 'booked' OR state = 'arrived' OR state = 'started' OR state = 'completed' OR state = 'cancelled' OR state = 'no-show'),
  slot_id TEXT REFERENCES slots (id),
  practitioner_id TEXT REFERENCES practitioners (id),
  role TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at AND ends_at - starts_at <= 28800000),
  overlap_allowed_by TEXT, -- the practitioner who booked it over another
  details TEXT NOT NULL, -- sealed JSON: reason, instructions, entry
  cancellation TEXT, -- sealed JSON: by whom and why
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change
  calendar_sequence INTEGER NOT NULL DEFAULT 0, -- rises when what stands in a calendar changes (RFC 5545)
  booked_by TEXT NOT NULL,
  booked_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CHECK (kind NOT IN ('scheduled', 'ticket') OR slot_id IS NOT NULL),
  CHECK ((state = 'cancelled') = (cancellation IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- One slot, one appointment; a cancelled one gives it back.
CREATE UNIQUE INDEX appointments_one_per_slot ON appointments (slot_id)
  WHERE slot_id IS NOT NULL AND state <> 'cancelled';
CREATE INDEX appointments_by_unit ON appointments (care_unit_id, starts_at, id);
CREATE INDEX appointments_by_patient ON appointments (patient_id, starts_at);
CREATE INDEX appointments_busy ON appointments (practitioner_id, starts_at, ends_at)
  WHERE practitioner_id IS NOT NULL AND state IN ('booked', 'arrived', 'started');
CREATE INDEX appointments_long ON appointments (practitioner_id, starts_at, ends_at)
  WHERE practitioner_id IS NOT NULL AND state IN ('booked', 'arrived', 'started') AND ends_at - starts_at > 3600000;

CREATE TRIGGER appointments_do_not_overlap_when_booked BEFORE INSERT ON appointments
WHEN NEW.practitioner_id IS NOT NULL AND NEW.overlap_allowed_by IS NULL AND (
  EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.state IN ('booked', 'arrived', 'started')
      AND other.starts_at > NEW.starts_at - 3600000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
  ) OR EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.state IN ('booked', 'arrived', 'started')
      AND other.ends_at - other.starts_at > 3600000
      AND other.starts_at > NEW.starts_at - 28800000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
  )
)
BEGIN
  SELECT RAISE(ABORT, 'refused: appointments_do_not_overlap');
END;

CREATE TRIGGER appointments_do_not_overlap_when_moved BEFORE UPDATE OF starts_at, ends_at, practitioner_id ON appointments
WHEN NEW.practitioner_id IS NOT NULL AND NEW.overlap_allowed_by IS NULL AND NEW.state IN ('booked', 'arrived', 'started') AND (
  EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.state IN ('booked', 'arrived', 'started')
      AND other.starts_at > NEW.starts_at - 3600000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at AND other.id <> NEW.id
  ) OR EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.practitioner_id = NEW.practitioner_id AND other.state IN ('booked', 'arrived', 'started')
      AND other.ends_at - other.starts_at > 3600000
      AND other.starts_at > NEW.starts_at - 28800000 AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at AND other.id <> NEW.id
  )
)
BEGIN
  SELECT RAISE(ABORT, 'refused: appointments_do_not_overlap');
END;

-- Those invited to a video visit beside the patient.
CREATE TABLE participants (
  appointment_id TEXT NOT NULL REFERENCES appointments (id),
  id TEXT NOT NULL,
  care_provider_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('relative', 'interpreter', 'colleague', 'other')),
  contact TEXT NOT NULL, -- sealed JSON: name, phone, e-mail
  PRIMARY KEY (appointment_id, id)
) STRICT, WITHOUT ROWID;
