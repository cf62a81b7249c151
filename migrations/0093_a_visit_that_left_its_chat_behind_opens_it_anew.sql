-- A visit that is moved leaves its chat behind where that has gone on as a case, or staff have closed it by hand. Whoever
-- asks for the visit's chat at its new time, when what was left behind is over, gets it opened anew: messaging does that,
-- for why it was closed is sealed, and is kept as a note.

ALTER TABLE chats ADD COLUMN left_behind INTEGER NOT NULL DEFAULT 0 CHECK (left_behind IN (0, 1));

DROP TRIGGER chats_move_with_their_visit;
CREATE TRIGGER chats_move_with_their_visit AFTER UPDATE OF starts_at, ends_at ON appointments
WHEN NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at
BEGIN
  UPDATE chats
  SET opens_at = NEW.starts_at, closes_at = NEW.ends_at + 3600000, due_at = NEW.starts_at, arrived_at = NULL,
    closed_at = NULL, task_id = NULL, grace_ends_at = NULL, left_behind = 0, version = version + 1
  WHERE appointment_id = NEW.id AND phase = 'synchronous' AND closing IS NULL;
  UPDATE chats SET left_behind = 1
  WHERE appointment_id = NEW.id AND (phase <> 'synchronous' OR closing IS NOT NULL);
END;
