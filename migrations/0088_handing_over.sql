-- Handing over is told to whom it concerns, alone: an offer to whom it is made, its answer to who made it.

-- Who answered: whom it was offered to, or who took it back. Unknown of what was answered before.
ALTER TABLE chat_handovers ADD COLUMN answered_by TEXT REFERENCES practitioners (id);

CREATE TRIGGER notifications_of_matters_offered AFTER INSERT ON chat_handovers
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at, practitioner_id)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, 'handover-offered', 'case', NEW.chat_id, NEW.offered_at, NEW.to_id
  FROM chats WHERE chats.id = NEW.chat_id;
END;

-- Who takes an offer back knows of it.
CREATE TRIGGER notifications_of_offers_answered AFTER UPDATE OF answered_at ON chat_handovers
WHEN OLD.answered_at IS NULL AND (NEW.accepted = 1 OR NEW.answered_by = NEW.to_id)
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at, practitioner_id)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, CASE NEW.accepted WHEN 1 THEN 'handover-accepted' ELSE 'handover-declined' END, 'case', NEW.chat_id,
    NEW.answered_at, NEW.from_id
  FROM chats WHERE chats.id = NEW.chat_id;
END;
