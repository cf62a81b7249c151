-- A visit's own chat follows its visit also to another practitioner, or to whoever there is of a role: under the same
-- conditions as it follows to another time. Who got the matter by hand keeps it while the visit stays with whom it was.

CREATE TRIGGER chats_go_to_their_visits_practitioner AFTER UPDATE OF practitioner_id, role ON appointments
WHEN NEW.practitioner_id IS NOT OLD.practitioner_id OR NEW.role <> OLD.role
BEGIN
  UPDATE chats
  SET practitioner_id = NEW.practitioner_id, role = NEW.role, version = version + 1
  WHERE appointment_id = NEW.id AND phase = 'synchronous' AND closing IS NULL;
END;
