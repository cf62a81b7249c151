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

-- A matter is offered to another who works at its unit and isn't responsible for it already, while it isn't closed.
CREATE TRIGGER chat_handovers_are_to_another_of_the_unit BEFORE INSERT ON chat_handovers
WHEN NEW.to_id = NEW.from_id OR NOT EXISTS (
  SELECT 1 FROM chats
  JOIN commissions ON commissions.care_unit_id = chats.care_unit_id AND commissions.practitioner_id = NEW.to_id
  WHERE chats.id = NEW.chat_id AND chats.care_provider_id = NEW.care_provider_id
    AND chats.practitioner_id IS NOT NEW.to_id AND chats.closed_at IS NULL
)
BEGIN
  SELECT RAISE(ABORT, 'refused: chat_handovers_are_to_another_of_the_unit');
END;

-- It is answered once, by one of both, and accepted by whom it was offered to alone, while it isn't closed.
CREATE TRIGGER chat_handovers_are_answered_once BEFORE UPDATE OF answered_at, accepted, answered_by ON chat_handovers
WHEN OLD.answered_at IS NOT NULL
  OR NEW.answered_by NOT IN (NEW.to_id, NEW.from_id)
  OR NEW.accepted = 1 AND (
    NEW.answered_by <> NEW.to_id OR EXISTS (SELECT 1 FROM chats WHERE id = NEW.chat_id AND closed_at IS NOT NULL)
  )
BEGIN
  SELECT RAISE(ABORT, 'refused: chat_handovers_are_answered_once');
END;
