-- A unit's settings as its administrator keeps them: each change is written over the version it was made
-- from, and stands for good with who made it.

ALTER TABLE care_units ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE care_unit_changes (
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  version INTEGER NOT NULL, -- that it became
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  practitioner_id TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  settings TEXT NOT NULL, -- JSON: as they were from then on
  PRIMARY KEY (care_unit_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER care_unit_changes_are_not_changed BEFORE UPDATE ON care_unit_changes
BEGIN
  SELECT RAISE(ABORT, 'refused: care_unit_changes_are_append_only');
END;
CREATE TRIGGER care_unit_changes_are_not_deleted BEFORE DELETE ON care_unit_changes
BEGIN
  SELECT RAISE(ABORT, 'refused: care_unit_changes_are_append_only');
END;
