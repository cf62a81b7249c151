-- A patient who writes again, unanswered, keeps their place among those who wait, and the answer that was promised.

ALTER TABLE chats ADD COLUMN waits_since INTEGER; -- when the first message came that has no answer; null: none waits

UPDATE chats SET waits_since = coalesce((
  SELECT min(sent_at) FROM messages
  WHERE chat_id = chats.id AND sender = 'patient' AND withdrawn_at IS NULL AND number > coalesce((
    SELECT max(number) FROM messages WHERE chat_id = chats.id AND sender = 'staff' AND withdrawn_at IS NULL
  ), 0)
), last_at)
WHERE last_from = 'patient';

-- Nothing that waits is out of sight, though what writes it knows nothing of the column, as functions do that serve yet
-- while they are replaced. Those that do know it pay nothing for this.
CREATE TRIGGER chats_wait_since_their_question AFTER UPDATE OF last_from ON chats
WHEN (NEW.last_from IS 'patient') <> (NEW.waits_since IS NOT NULL)
BEGIN
  UPDATE chats SET waits_since = CASE WHEN NEW.last_from = 'patient' THEN NEW.last_at END WHERE id = NEW.id;
END;
