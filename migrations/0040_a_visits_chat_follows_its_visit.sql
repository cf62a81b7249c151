-- A visit's own chat follows its visit, also once it has opened or begun: as long as it hasn't gone on as a case,
-- and staff haven't closed it by hand. An hour after the visit (3600000) it can still be written in.

CREATE TRIGGER chats_move_with_their_visit AFTER UPDATE OF starts_at, ends_at ON appointments
WHEN NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at
BEGIN
  UPDATE chats
  SET opens_at = NEW.starts_at, closes_at = NEW.ends_at + 3600000, due_at = NEW.starts_at, arrived_at = NULL,
    closed_at = NULL, task_id = NULL, grace_ends_at = NULL, version = version + 1
  WHERE appointment_id = NEW.id AND phase = 'synchronous' AND closing IS NULL;
END;

-- One that is called off ends its chat at once. What the patient asked last is still owed an answer, as at every end.
CREATE TRIGGER chats_end_with_their_visit AFTER UPDATE OF state ON appointments
WHEN NEW.state IN ('cancelled', 'no-show') AND OLD.state NOT IN ('cancelled', 'no-show')
BEGIN
  UPDATE chats
  SET opens_at = min(opens_at, NEW.changed_at - 1), closes_at = min(closes_at, NEW.changed_at),
    due_at = min(closes_at, NEW.changed_at), arrived_at = NULL, version = version + 1
  WHERE appointment_id = NEW.id AND phase = 'synchronous' AND closed_at IS NULL;
END;
