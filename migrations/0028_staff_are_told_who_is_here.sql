-- Who says "jag är här" is told of like who comes into the visit's chat: in the same transaction. Who does both is told
-- of once, by whichever came first.

CREATE TRIGGER notifications_of_visits_arrived_at AFTER UPDATE OF state ON appointments
WHEN NEW.state = 'arrived' AND OLD.state <> 'arrived' AND NOT EXISTS (
  SELECT 1 FROM chats WHERE chats.appointment_id = NEW.id AND chats.arrived_at IS NOT NULL
)
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  VALUES (NEW.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = NEW.care_unit_id), 0),
    NEW.care_provider_id, 'patient-arrived', 'appointment', NEW.id, NEW.changed_at);
END;

DROP TRIGGER notifications_of_arrivals;
CREATE TRIGGER notifications_of_arrivals AFTER UPDATE OF arrived_at ON chats
WHEN OLD.arrived_at IS NULL AND NEW.arrived_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM appointments WHERE appointments.id = NEW.appointment_id AND appointments.state = 'arrived'
)
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  VALUES (NEW.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = NEW.care_unit_id), 0),
    NEW.care_provider_id, 'patient-arrived', 'case', NEW.id, NEW.arrived_at);
END;

-- Who has come into a visit's chat and may wait there. No column of it changes when somebody writes.
CREATE INDEX chats_arrived ON chats (care_unit_id, arrived_at) WHERE arrived_at IS NOT NULL AND closed_at IS NULL;
