-- No offer holds a matter up: who made it and to whom it is made may both be away, and the matter may go another way.

-- It is answered once, by somebody of the unit: any of them takes it back; who it is made to alone accepts it, while the
-- matter isn't closed. One that nobody answered has no answered_by, and ended as it was made (the store has no clock).
DROP TRIGGER chat_handovers_are_answered_once;
CREATE TRIGGER chat_handovers_are_answered_once BEFORE UPDATE OF answered_at, accepted, answered_by ON chat_handovers
WHEN OLD.answered_at IS NOT NULL
  OR NEW.answered_by IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM chats
    JOIN commissions ON commissions.care_unit_id = chats.care_unit_id AND commissions.practitioner_id = NEW.answered_by
    WHERE chats.id = NEW.chat_id
  )
  OR NEW.accepted = 1 AND (
    NEW.answered_by IS NOT NEW.to_id OR EXISTS (SELECT 1 FROM chats WHERE id = NEW.chat_id AND closed_at IS NOT NULL)
  )
BEGIN
  SELECT RAISE(ABORT, 'refused: chat_handovers_are_answered_once');
END;

-- One that a third takes back is told to both whom it concerns.
CREATE TRIGGER notifications_of_offers_taken_back AFTER UPDATE OF answered_at ON chat_handovers
WHEN OLD.answered_at IS NULL AND NEW.answered_by NOT IN (NEW.from_id, NEW.to_id)
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at, practitioner_id)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, 'handover-taken-back', 'case', NEW.chat_id, NEW.answered_at, NEW.from_id
  FROM chats WHERE chats.id = NEW.chat_id;
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at, practitioner_id)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, 'handover-taken-back', 'case', NEW.chat_id, NEW.answered_at, NEW.to_id
  FROM chats WHERE chats.id = NEW.chat_id;
END;

-- Whoever becomes responsible by something else than an offer doesn't lose the matter to it: who takes it from the pool,
-- or to whom its visit goes. (What is accepted is answered before, and waits no more.)
CREATE TRIGGER chat_handovers_end_with_who_is_responsible AFTER UPDATE OF practitioner_id ON chats
WHEN NEW.practitioner_id IS NOT OLD.practitioner_id
BEGIN
  UPDATE chat_handovers SET answered_at = offered_at, accepted = 0 WHERE chat_id = NEW.id AND answered_at IS NULL;
END;
