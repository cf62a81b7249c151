-- Protected identities, patients opened in an emergency, and the check that a session still stands.

-- Skyddade personuppgifter: where it is 1, messages and calendars name no unit and no person, and lists no patient.
ALTER TABLE patients ADD COLUMN protected_identity INTEGER NOT NULL DEFAULT 0 CHECK (protected_identity IN (0, 1));

-- Staff who opened a patient without a matter at their unit, and why (nödöppning). The access log has the entry.
CREATE TABLE emergency_accesses (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  patient_id TEXT NOT NULL REFERENCES patients (id),
  practitioner_id TEXT NOT NULL,
  commission_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL -- sealed
) STRICT, WITHOUT ROWID;

CREATE INDEX emergency_accesses_by_unit ON emergency_accesses (care_unit_id, id);

-- INSERT INTO session_stands VALUES (id) undoes the whole batch when the session has ended.
CREATE VIEW session_stands AS SELECT '' AS session_id;
CREATE TRIGGER session_stands_or_refuses INSTEAD OF INSERT ON session_stands
WHEN EXISTS (SELECT 1 FROM sessions WHERE id = NEW.session_id AND ended_at IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'refused: session_stands');
END;
