-- A visit that is moved opens its chat anew, and the task about the question that was unanswered at the old end is done:
-- the chat itself waits for the answer again, and has a new task at its new end. Whoever of the unit gives a case another
-- end has ticked it off before.

CREATE TRIGGER tasks_end_with_the_end_they_were_made_for AFTER UPDATE OF task_id ON chats
WHEN OLD.task_id IS NOT NULL AND NEW.task_id IS NULL AND NEW.appointment_id IS NOT NULL
BEGIN
  UPDATE tasks
  SET done_by = 'system', done_at = (SELECT changed_at FROM appointments WHERE appointments.id = NEW.appointment_id)
  WHERE id = OLD.task_id AND done_at IS NULL;
END;
