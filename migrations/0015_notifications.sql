-- What staff of a unit are told as it happens: written in the same transaction as what it tells of. No name and no
-- text: where to look. Numbered per unit without gaps, so that a stream's reader knows what they have seen.

CREATE TABLE notifications (
  care_unit_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  care_provider_id TEXT NOT NULL,
  kind TEXT NOT NULL, -- functions/messaging/src/notification.rs
  resource_type TEXT NOT NULL, -- case, appointment, ticket or sms
  resource_id TEXT NOT NULL,
  times INTEGER NOT NULL DEFAULT 1, -- of how many such it tells: the job tells of a page of cases at once
  created_at INTEGER NOT NULL,
  PRIMARY KEY (care_unit_id, number)
) STRICT, WITHOUT ROWID;

-- A unit's last thousand are kept.
CREATE TRIGGER notifications_keep_the_last_thousand AFTER INSERT ON notifications
BEGIN
  DELETE FROM notifications WHERE care_unit_id = NEW.care_unit_id AND number <= NEW.number - 1000;
END;

CREATE TRIGGER notifications_of_messages AFTER INSERT ON messages WHEN NEW.sender = 'patient'
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, 'patient-wrote', 'case', NEW.chat_id, NEW.sent_at
  FROM chats WHERE chats.id = NEW.chat_id;
END;

-- When the patient came into a visit's chat.
ALTER TABLE chats ADD COLUMN arrived_at INTEGER;

CREATE TRIGGER notifications_of_arrivals AFTER UPDATE OF arrived_at ON chats
WHEN OLD.arrived_at IS NULL AND NEW.arrived_at IS NOT NULL
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  VALUES (NEW.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = NEW.care_unit_id), 0),
    NEW.care_provider_id, 'patient-arrived', 'case', NEW.id, NEW.arrived_at);
END;

CREATE TRIGGER notifications_of_redeemed_tickets AFTER INSERT ON appointments WHEN NEW.ticket_id IS NOT NULL
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  VALUES (NEW.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = NEW.care_unit_id), 0),
    NEW.care_provider_id, 'ticket-redeemed', 'appointment', NEW.id, NEW.booked_at);
END;

-- Those about cases are told of by the job that makes them, a page at once.
CREATE TRIGGER notifications_of_tasks AFTER INSERT ON tasks WHEN NEW.kind <> 'unanswered-at-close'
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
  VALUES (NEW.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = NEW.care_unit_id), 0),
    NEW.care_provider_id, CASE NEW.kind WHEN 'message-failed' THEN 'sms-not-delivered' ELSE NEW.kind END,
    NEW.resource_type, NEW.resource_id, NEW.created_at);
END;
