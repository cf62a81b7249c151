-- A visit leaves its chat behind by beginning at another time, not by being longer or shorter: what staff closed by hand
-- stays closed then. And the chats that were left behind before 0093 are marked.

DROP TRIGGER chats_move_with_their_visit;
CREATE TRIGGER chats_move_with_their_visit AFTER UPDATE OF starts_at, ends_at ON appointments
WHEN NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at
BEGIN
  UPDATE chats
  SET opens_at = NEW.starts_at, closes_at = NEW.ends_at + 3600000, due_at = NEW.starts_at, arrived_at = NULL,
    closed_at = NULL, task_id = NULL, grace_ends_at = NULL, left_behind = 0, version = version + 1
  WHERE appointment_id = NEW.id AND phase = 'synchronous' AND closing IS NULL;
  UPDATE chats SET left_behind = 1
  WHERE appointment_id = NEW.id AND NEW.starts_at <> OLD.starts_at AND (phase <> 'synchronous' OR closing IS NOT NULL);
END;

UPDATE chats SET left_behind = 1
WHERE (phase <> 'synchronous' OR closing IS NOT NULL) AND EXISTS (
  SELECT 1 FROM appointments
  WHERE appointments.id = chats.appointment_id AND appointments.state = 'booked' AND appointments.starts_at > chats.opens_at
);
