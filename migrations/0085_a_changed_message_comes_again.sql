-- A message whose files the scanner has answered about is told of anew, as one that was taken back is: its version says
-- when it changed last, and streams ask for what changed since.

DROP INDEX messages_withdrawn;
CREATE INDEX messages_changed ON messages (chat_id, version) WHERE withdrawn_at IS NOT NULL OR attachments IS NOT NULL;

DROP TRIGGER messages_tell_of_their_attachments;
CREATE TRIGGER messages_tell_of_their_attachments AFTER UPDATE OF state ON attachments
WHEN NEW.message_number IS NOT NULL AND NEW.state <> OLD.state AND NEW.state <> 'removed'
BEGIN
  UPDATE messages SET version = 1 + (SELECT version FROM chats WHERE id = NEW.chat_id), attachments = (
    SELECT group_concat(id || '.' || iif(state = 'ready', kind, iif(state = 'quarantined', 'checking', 'refused')), ' ')
    FROM (SELECT * FROM attachments WHERE chat_id = NEW.chat_id AND message_number = NEW.message_number ORDER BY id)
  )
  WHERE chat_id = NEW.chat_id AND number = NEW.message_number;
  UPDATE chats SET version = version + 1 WHERE id = NEW.chat_id;
END;
