-- What a ticket asks for has one length: the free slots of a role are found by it, so that others are not read.

DROP INDEX slots_free_by_role;
CREATE INDEX slots_free_by_role ON slots (care_unit_id, role, ends_at - starts_at, starts_at, id, practitioner_id, ends_at)
  WHERE occupied_by IS NULL AND withdrawn_at IS NULL;
