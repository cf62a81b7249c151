-- Files that go with a chat's messages. Their bytes lie sealed in chunks among the objects, `<id>/<number>`; here
-- stands what they are. An upload goes with the next message that its uploader writes in the chat: the schema joins
-- them in the write of the message itself, so that a file is one message's, its own writer's, of its own chat.

CREATE TABLE attachments (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  chat_id TEXT NOT NULL REFERENCES chats (id),
  practitioner_id TEXT REFERENCES practitioners (id), -- who of staff uploaded it; null: the patient
  message_number INTEGER, -- which message it goes with; null until that is written
  kind TEXT NOT NULL CHECK (kind = 'jpeg' OR kind = 'png' OR kind = 'webp' OR kind = 'pdf'),
  bytes INTEGER NOT NULL CHECK (bytes BETWEEN 1 AND 10485760), -- as it is kept, before sealing
  -- uploading: its chunks are being written. quarantined: the scanner has not answered. refused: the scanner did not
  -- want it, and its chunks are gone. removed: the job deletes its chunks, then the row.
  state TEXT NOT NULL CHECK (state = 'uploading' OR state = 'quarantined' OR state = 'ready' OR state = 'refused' OR state = 'removed'),
  data_key TEXT NOT NULL, -- sealed; the key that its chunks are sealed with
  uploaded_at INTEGER NOT NULL,
  asked_at INTEGER NOT NULL DEFAULT 0, -- when the scanner was asked last
  CHECK (message_number IS NULL OR state <> 'uploading')
) STRICT, WITHOUT ROWID;

CREATE INDEX attachments_waiting ON attachments (chat_id, practitioner_id) WHERE message_number IS NULL;
CREATE INDEX attachments_waiting_long ON attachments (uploaded_at) WHERE message_number IS NULL;
CREATE INDEX attachments_by_message ON attachments (chat_id, message_number) WHERE message_number IS NOT NULL;
CREATE INDEX attachments_quarantined ON attachments (asked_at) WHERE state = 'quarantined';
CREATE INDEX attachments_removed ON attachments (id) WHERE state = 'removed';

-- What a message shows of its files, a word each: `<id>.<kind>`, `<id>.checking` or `<id>.refused`.
ALTER TABLE messages ADD COLUMN attachments TEXT;

CREATE TRIGGER attachments_are_ten_at_most BEFORE INSERT ON attachments
WHEN 10 <= (
  SELECT count(*) FROM attachments
  WHERE chat_id = NEW.chat_id AND practitioner_id IS NEW.practitioner_id AND message_number IS NULL
    AND state <> 'removed' AND state <> 'refused'
)
BEGIN
  SELECT RAISE(ABORT, 'refused: attachments_are_ten_at_most');
END;

CREATE TRIGGER attachments_go_with_one_message BEFORE UPDATE OF message_number, chat_id, practitioner_id ON attachments
WHEN OLD.message_number IS NOT NULL OR NEW.chat_id <> OLD.chat_id OR NEW.practitioner_id IS NOT OLD.practitioner_id
BEGIN
  SELECT RAISE(ABORT, 'refused: attachments_go_with_one_message');
END;

CREATE TRIGGER messages_take_their_attachments AFTER INSERT ON messages
WHEN NEW.sender <> 'system' AND EXISTS (
  SELECT 1 FROM attachments
  WHERE chat_id = NEW.chat_id AND practitioner_id IS NEW.practitioner_id AND message_number IS NULL
)
BEGIN
  UPDATE attachments SET message_number = NEW.number
  WHERE chat_id = NEW.chat_id AND practitioner_id IS NEW.practitioner_id AND message_number IS NULL
    AND (state = 'ready' OR state = 'quarantined');
  UPDATE messages SET attachments = (
    SELECT group_concat(id || '.' || iif(state = 'ready', kind, iif(state = 'quarantined', 'checking', 'refused')), ' ')
    FROM (SELECT * FROM attachments WHERE chat_id = NEW.chat_id AND message_number = NEW.number ORDER BY id)
  )
  WHERE chat_id = NEW.chat_id AND number = NEW.number;
END;

-- The scanner has answered: the chat says so, and whoever looks at it hears of it.
CREATE TRIGGER messages_tell_of_their_attachments AFTER UPDATE OF state ON attachments
WHEN NEW.message_number IS NOT NULL AND NEW.state <> OLD.state AND NEW.state <> 'removed'
BEGIN
  UPDATE messages SET attachments = (
    SELECT group_concat(id || '.' || iif(state = 'ready', kind, iif(state = 'quarantined', 'checking', 'refused')), ' ')
    FROM (SELECT * FROM attachments WHERE chat_id = NEW.chat_id AND message_number = NEW.message_number ORDER BY id)
  )
  WHERE chat_id = NEW.chat_id AND number = NEW.message_number;
  UPDATE chats SET version = version + 1 WHERE id = NEW.chat_id;
END;

-- What is taken back takes its files along.
CREATE TRIGGER messages_taken_back_lose_their_attachments AFTER UPDATE OF withdrawn_at ON messages
WHEN NEW.withdrawn_at IS NOT NULL AND NEW.attachments IS NOT NULL
BEGIN
  UPDATE attachments SET state = 'removed' WHERE chat_id = NEW.chat_id AND message_number = NEW.number;
  UPDATE messages SET attachments = NULL WHERE chat_id = NEW.chat_id AND number = NEW.number;
END;
